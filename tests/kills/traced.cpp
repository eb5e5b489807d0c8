#include "traced.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <thread>

namespace backprop::kills {
namespace {

#if defined(__x86_64__)

enum class Names : std::uint8_t { path, second_path, descriptor };
struct Watched {
  const char* name;
  Names names;
};
const std::map<std::uint64_t, Watched> watched = {{SYS_open, {"open", Names::path}},
                                                  {SYS_openat, {"openat", Names::second_path}},
                                                  {SYS_mkdir, {"mkdir", Names::path}},
                                                  {SYS_mkdirat, {"mkdirat", Names::second_path}},
                                                  {SYS_unlink, {"unlink", Names::path}},
                                                  {SYS_unlinkat, {"unlinkat", Names::second_path}},
                                                  {SYS_rename, {"rename", Names::path}},
                                                  {SYS_renameat, {"renameat", Names::second_path}},
                                                  {SYS_renameat2, {"renameat2", Names::second_path}},
                                                  {SYS_write, {"write", Names::descriptor}},
                                                  {SYS_writev, {"writev", Names::descriptor}},
                                                  {SYS_pwrite64, {"pwrite64", Names::descriptor}},
                                                  {SYS_fsync, {"fsync", Names::descriptor}},
                                                  {SYS_fdatasync, {"fdatasync", Names::descriptor}},
                                                  {SYS_close, {"close", Names::descriptor}},
                                                  {SYS_ftruncate, {"ftruncate", Names::descriptor}},
                                                  {SYS_flock, {"flock", Names::descriptor}},
                                                  {SYS_fallocate, {"fallocate", Names::descriptor}}};

// From now on the kernel stops this process at these calls, and at no others.
void stop_at_watched_calls() {
  std::vector<sock_filter> filter = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const auto& [number, call] : watched) {
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program = {static_cast<unsigned short>(filter.size()), filter.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    _exit(123);
}

#else

void stop_at_watched_calls() {}

#endif

// Never returns.
[[noreturn]] void become(const std::vector<std::string>& command, const std::string& place, bool traced) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int nothing = open("/dev/null", O_RDWR),
            messages = open((place + "/.err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (chdir(place.c_str()) != 0 || nothing < 0 || messages < 0) _exit(120);
  dup2(nothing, 0);
  dup2(nothing, 1);
  dup2(messages, 2);
  if (traced) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(121);
    raise(SIGSTOP);
    stop_at_watched_calls();
  }
  setenv("ASAN_OPTIONS", "detect_leaks=0", 1);  // which a traced process can't look for
  execv(arguments[0], arguments.data());
  _exit(122);
}

Ended ended(int status, const std::string& place) {
  std::ifstream file(place + "/.err", std::ios::binary);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, {std::istreambuf_iterator<char>(file), {}}};
}

#if defined(__x86_64__)

std::string text_at(pid_t process, std::uint64_t address) {
  std::ifstream memory("/proc/" + std::to_string(process) + "/mem", std::ios::binary);
  memory.seekg(static_cast<std::streamoff>(address));
  std::string text;
  std::getline(memory, text, '\0');
  return text;
}

std::string file_of(pid_t process, std::uint64_t descriptor) {
  std::error_code none;
  const auto link = "/proc/" + std::to_string(process) + "/fd/" + std::to_string(static_cast<int>(descriptor));
  return std::filesystem::read_symlink(link, none).string();
}

void set_register(pid_t thread, std::size_t offset, std::uint64_t value) {
  if (ptrace(PTRACE_POKEUSER, thread, offset, value) != 0) throw std::runtime_error("the tracer cannot set a register");
}

class Tracer {
 public:
  Tracer(pid_t process, const std::string& place, const std::string& folder,
         const std::function<Fate(const Call&)>& decide)
      : process_(process), place_(place), folder_(folder), decide_(decide) {}

  int run() {
    int status = 0;
    waitpid(process_, &status, 0);
    const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
    if (!WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, process_, 0, options) != 0) return status;
    go_on(process_, 0);
    while (true) {
      const pid_t thread = waitpid(-1, &status, __WALL);
      if (thread < 0) return 0;
      if (WIFEXITED(status) || WIFSIGNALED(status)) {
        if (thread == process_) return status;
        continue;
      }
      const int signal = WSTOPSIG(status);
      if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_SECCOMP << 8))) {
        at_system_call(thread);
        go_on(thread, 0);
      } else {
        const bool of_tracing = signal == SIGTRAP || signal == SIGSTOP;
        go_on(thread, of_tracing ? 0 : signal);
      }
    }
  }

 private:
  static void go_on(pid_t thread, int signal) { ptrace(PTRACE_CONT, thread, 0, signal); }

  void at_system_call(pid_t thread) {
    user_regs_struct registers = {};
    if (ptrace(PTRACE_GETREGS, thread, nullptr, &registers) != 0) return;
    const auto known = watched.find(registers.orig_rax);
    if (known == watched.end()) return;
    Call call;
    call.name = known->second.name;
    const std::uint64_t arguments[] = {registers.rdi, registers.rsi, registers.rdx};
    switch (known->second.names) {
      case Names::path: call.path = text_at(thread, arguments[0]); break;
      case Names::second_path: call.path = text_at(thread, arguments[1]); break;
      case Names::descriptor: call.path = file_of(process_, arguments[0]); break;
    }
    if (!call.path.starts_with("/")) call.path = place_ + "/" + call.path;
    if (call.path.find(folder_) == std::string::npos) return;
    const std::uint64_t flags = call.name == "open" ? arguments[1] : call.name == "openat" ? arguments[2] : 0;
    call.creates = (flags & O_ACCMODE) != O_RDONLY;
    if (call.name == "write") call.bytes = arguments[2];
    call.number = ++calls_;
    act(thread, decide_(call));
  }

  void act(pid_t thread, const Fate& fate) {
    switch (fate.kind) {
      case Fate::Kind::made: break;
      case Fate::Kind::killed: kill(process_, SIGKILL); break;
      case Fate::Kind::fails:
        // A call of no number is not made, and what stands in rax is what it gave.
        set_register(thread, offsetof(user_regs_struct, orig_rax), static_cast<std::uint64_t>(-1));
        set_register(thread, offsetof(user_regs_struct, rax), static_cast<std::uint64_t>(-fate.error));
        break;
      case Fate::Kind::shortened: set_register(thread, offsetof(user_regs_struct, rdx), 1); break;
    }
  }

  pid_t process_;
  const std::string &place_, &folder_;
  const std::function<Fate(const Call&)>& decide_;
  int calls_ = 0;
};

#endif

}  // namespace

#if defined(__x86_64__)

bool can_trace() {
  int calls = 0;
  const auto count = [&](const Call&) {
    ++calls;
    return Fate();
  };
  const std::string place = std::filesystem::temp_directory_path();
  return trace({"/bin/cat", "/etc/passwd"}, place, "/etc/passwd", count).code == 0 && calls > 0;
}

Ended trace(const std::vector<std::string>& command, const std::string& place, const std::string& folder,
            const std::function<Fate(const Call&)>& decide) {
  const pid_t process = fork();
  if (process == 0) become(command, place, true);
  const int status = Tracer(process, place, folder, decide).run();
  return ended(status, place);
}

#else

bool can_trace() { return false; }
Ended trace(const std::vector<std::string>&, const std::string&, const std::string&,
            const std::function<Fate(const Call&)>&) {
  throw std::runtime_error("there is no tracer for this processor");
}

#endif

Ended run_for(const std::vector<std::string>& command, const std::string& place, double seconds, int signal) {
  const pid_t process = fork();
  if (process == 0) become(command, place, false);
  if (seconds >= 0) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    kill(process, signal);
  }
  int status = 0;
  waitpid(process, &status, 0);
  return ended(status, place);
}

}  // namespace backprop::kills
