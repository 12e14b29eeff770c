// Connects libFuzzer (linked in) with the .NET program in FUZZ_COMMAND (words separated by spaces), a child that runs one input after
// another. The input is in shared memory, behind the 64 KiB of counters that the instrumented code writes. SharpFuzz fixes the names
// of the variables, the layout and the two pipes (LibFuzzer.Run). At the end it prints how many counters were ever nonzero.
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <unistd.h>

#define COUNTERS 65536
#define MOST_INPUT (1 << 20)
#define MOST_WORDS 16

// libFuzzer treats every byte of this section as a counter.
__attribute__((section("__libfuzzer_extra_counters"))) uint8_t counters[COUNTERS];

static uint8_t seen[COUNTERS];
static uint8_t *shared;
static int control[2], status[2], segment = -1;
static pid_t owner;
static int edges_only;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void end(void) {
    if (getpid() != owner)
        return;
    int count = 0;
    for (int i = 0; i < COUNTERS; i++)
        count += seen[i] != 0;
    fprintf(stderr, "branches: %d\n", count);
    shmctl(segment, IPC_RMID, NULL);
}

static void transfer(int in, int file, int32_t *word) {
    ssize_t count;
    do
        count = in ? read(file, word, sizeof *word) : write(file, word, sizeof *word);
    while (count < 0 && errno == EINTR);
    // A stack overflow, for example, ends the program without a message.
    if (count != sizeof *word) {
        fprintf(stderr, "the program has ended\n");
        abort();
    }
}

static void set(const char *name, int value) {
    char text[16];
    snprintf(text, sizeof text, "%d", value);
    setenv(name, text, 1);
}

static void start(char *command) {
    char *words[MOST_WORDS + 1] = {0};
    int count = 0;
    for (char *word = strtok(command, " "); word && count < MOST_WORDS; word = strtok(NULL, " "))
        words[count++] = word;
    // A program that hangs must end with the driver.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    set("__LIBFUZZER_SHM_ID", segment);
    set("__LIBFUZZER_CONTROL_PIPE_ID", control[0]);
    set("__LIBFUZZER_STATUS_PIPE_ID", status[1]);
    close(control[1]);
    close(status[0]);
    execvp(words[0], words);
    perror(words[0]);
    _exit(127);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    const char *command = getenv("FUZZ_COMMAND");
    if (!command) {
        fprintf(stderr, "driver: FUZZ_COMMAND is not set; tests/fuzz/run.sh sets it\n");
        exit(2);
    }
    // For the smallest corpus that takes every branch at least once.
    edges_only = getenv("FUZZ_EDGES_ONLY") != NULL;
    if (pipe(control) || pipe(status))
        fail("pipe");
    segment = shmget(IPC_PRIVATE, COUNTERS + MOST_INPUT, IPC_CREAT | 0600);
    if (segment < 0 || (shared = shmat(segment, NULL, 0)) == (void *)-1)
        fail("shared memory");
    owner = getpid();
    atexit(end);
    pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0)
        start(strdup(command));
    close(control[0]);
    close(status[1]);
    // The kernel removes the segment when the last process detaches; the child is attached once it writes its first word.
    int32_t ready;
    transfer(1, status[0], &ready);
    shmctl(segment, IPC_RMID, NULL);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > MOST_INPUT)
        return 0;
    memset(shared, 0, COUNTERS);
    memcpy(shared + COUNTERS, data, size);
    int32_t word = (int32_t)size;
    transfer(0, control[1], &word);
    transfer(1, status[0], &word);
    for (int i = 0; i < COUNTERS; i++)
        seen[i] |= shared[i];
    if (edges_only)
        for (int i = 0; i < COUNTERS; i++)
            counters[i] = shared[i] != 0;
    else
        memcpy(counters, shared, COUNTERS);
    if (word)
        abort();
    return 0;
}
