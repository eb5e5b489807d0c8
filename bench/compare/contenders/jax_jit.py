"""JAX: jit with donated buffers; with a third argument `scan`, lax.scan over 100 steps in one call."""
import os
import sys

threads = int(sys.argv[2])
if threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import jax
import jax.numpy as jnp
from common import Workload, serve

w = Workload(sys.argv[1])
activations = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid, "identity": lambda x: x}
parameters = [(jnp.array(a), jnp.array(b)) for a, b in w.layers]
inputs, targets = jnp.array(w.inputs), jnp.array(w.targets.astype("int32") if w.loss == "cross_entropy" else w.targets)


def loss_of(parameters, x, t):
    for k, (a, b) in enumerate(parameters):
        x = activations[w.activation if k + 1 < len(parameters) else w.last](x @ a + b)
    if w.loss == "cross_entropy":
        return -jnp.take_along_axis(jax.nn.log_softmax(x), t[:, None], 1).mean()
    return ((x - t) ** 2).mean()


tree = jax.tree_util.tree_map
zeros = tree(jnp.zeros_like, parameters)
state = (parameters, zeros, tree(jnp.zeros_like, parameters), jnp.zeros((), jnp.float32))


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


one = jax.jit(update, donate_argnums=0)


def step(i):
    global state
    state, loss = one(state, inputs[i % w.batches], targets[i % w.batches])
    return loss


many = None
version = f"JAX {jax.__version__} jit"
if len(sys.argv) > 3 and sys.argv[3] == "scan":
    version = f"JAX {jax.__version__} lax.scan"

    @jax.jit
    def hundred(state, first):
        def body(state, k):
            i = (first + k) % w.batches
            return update(state, inputs[i], targets[i])

        return jax.lax.scan(body, state, jnp.arange(100))

    def many(first, n):
        global state
        for k in range(0, n, 100):
            state, losses = hundred(state, (first + k) % w.batches)
        losses.block_until_ready()


serve(version, step, many, 100)
