"""JAX: jit with donated buffers; with a second argument `scan`, lax.scan over 100 steps in one call."""
import os
import sys

threads, scanned = int(sys.argv[1]), len(sys.argv) > 2 and sys.argv[2] == "scan"
if threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import jax
import jax.numpy as jnp
from workload import serve

ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid, "identity": lambda x: x}
tree = jax.tree_util.tree_map


def functions(w):
    """One forward pass and one step, as functions from (state, inputs, targets) to (state, outputs or loss)."""

    def forward(parameters, x):
        for k, (a, b) in enumerate(parameters):
            x = ACTIVATIONS[w.activation_of(k)](x @ a + b)
        return x

    def loss_of(parameters, x, t):
        y = forward(parameters, x)
        if w.loss == "cross_entropy":
            return -jnp.take_along_axis(jax.nn.log_softmax(y), t[:, None], 1).mean()
        return ((y - t) ** 2).mean()

    def update(state, x, t):
        p, m, v, n = state
        loss, g = jax.value_and_grad(loss_of)(p, x, t)
        n = n + 1
        if w.optimiser == "adam":
            m = tree(lambda m, g: 0.9 * m + 0.1 * g, m, g)
            v = tree(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
            c1, c2 = 1 - 0.9**n, 1 - 0.999**n
            p = tree(lambda p, m, v: p - w.learning_rate * (m / c1) / (jnp.sqrt(v / c2) + 1e-8), p, m, v)
        elif w.optimiser == "momentum":
            m = tree(lambda m, g: 0.9 * m + g, m, g)
            p = tree(lambda p, m: p - w.learning_rate * m, p, m)
        else:
            p = tree(lambda p, g: p - w.learning_rate * g, p, g)
        return (p, m, v, n), loss

    return (lambda state, x, t: (state, forward(state[0], x))), update


def build(w):
    parameters = [(jnp.array(a), jnp.array(b)) for a, b in w.layers]
    state = (parameters, tree(jnp.zeros_like, parameters), tree(jnp.zeros_like, parameters), jnp.zeros((), jnp.float32))
    inputs = jnp.array(w.inputs)
    targets = jnp.array(w.targets.astype("int32") if w.loss == "cross_entropy" else w.targets)
    batches = [(inputs[i], targets[i]) for i in range(w.batches)]
    forward, update = functions(w)
    one = jax.jit(forward if w.forward_only else update, donate_argnums=() if w.forward_only else 0)
    if w.forward_only:
        passes = jax.jit(lambda p, x: forward((p,), x, None)[1])
        step = lambda i: passes(parameters, batches[i % w.batches][0])
    else:

        def step(i):
            nonlocal state
            state, loss = one(state, *batches[i % w.batches])
            return loss

    version = f"JAX {jax.__version__}"
    if not scanned:
        return f"{version} jit", step

    def hundred(state, first):
        def body(state, k):
            i = (first + k) % w.batches
            state, y = (forward if w.forward_only else update)(state, inputs[i], targets[i])
            return state, y.sum()

        return jax.lax.scan(body, state, jnp.arange(100))

    hundred = jax.jit(hundred, donate_argnums=0)

    def many(first, n):
        nonlocal state
        for k in range(0, n, 100):
            state, sums = hundred(state, (first + k) % w.batches)
        sums.block_until_ready()

    return f"{version} lax.scan", step, many, 100


serve(build)
