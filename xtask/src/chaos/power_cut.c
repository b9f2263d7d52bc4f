/* A disk that forgets: preloaded into a process, it writes down the old content of SQLite's files
 * before each write, and throws the notes away when the file is synced. After a kill, the notes
 * left over are exactly what a power cut would have lost; the rig puts the old content back.
 *
 * COMPTOIR_POWER_CUT names the folder of the notes. COMPTOIR_POWER_CUT_LIES=1 makes syncing do
 * nothing at all, like a disk that lies: the rig must then lose acknowledged writes.
 *
 * A note: offset, length of the old content, size of the file (three 64-bit numbers in the
 * machine's order), then the old content. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Per descriptor: 0 not looked at yet, -1 not ours, else the descriptor of its notes plus one. */
static int notes_of[FILES];

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int ends_with(const char *text, const char *end) {
    size_t have = strlen(text), want = strlen(end);
    return have >= want && strcmp(text + have - want, end) == 0;
}

/* The notes of a database file or write-ahead log; -1 for everything else. */
static int notes(int fd) {
    const char *folder = getenv("COMPTOIR_POWER_CUT");
    if (!folder || fd < 0 || fd >= FILES) return -1;
    if (notes_of[fd] == 0) {
        char link[64], path[1024], note[2048];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, path, sizeof path - 1);
        path[length < 0 ? 0 : length] = 0;
        notes_of[fd] = -1;
        if (ends_with(path, ".db") || ends_with(path, ".db-wal")) {
            snprintf(note, sizeof note, "%s/%s", folder, strrchr(path, '/') + 1);
            int opened = open(note, O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
            if (opened >= 0) notes_of[fd] = opened + 1;
        }
    }
    return notes_of[fd] - (notes_of[fd] > 0);
}

/* Writes down what is about to be overwritten. Called with the lock held. */
static void remember(int fd, int note, uint64_t offset, uint64_t length) {
    struct stat file;
    if (fstat(fd, &file) != 0) return;
    uint64_t size = (uint64_t)file.st_size;
    uint64_t old = offset >= size ? 0 : (size - offset < length ? size - offset : length);
    uint64_t *record = malloc(3 * sizeof(uint64_t) + old);
    if (!record) return;
    ssize_t got = old ? pread(fd, record + 3, old, (off_t)offset) : 0;
    record[0] = offset;
    record[1] = got < 0 ? 0 : (uint64_t)got;
    record[2] = size;
    ssize_t put = REAL(write)(note, record, 3 * sizeof(uint64_t) + record[1]);
    (void)put;
    free(record);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    pthread_mutex_lock(&lock);
    int note = notes(fd);
    if (note >= 0) remember(fd, note, (uint64_t)offset, length);
    ssize_t done = REAL(pwrite)(fd, bytes, length, offset);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    return pwrite(fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    pthread_mutex_lock(&lock);
    int note = notes(fd);
    if (note >= 0) remember(fd, note, (uint64_t)lseek(fd, 0, SEEK_CUR), length);
    pthread_mutex_unlock(&lock);
    return REAL(write)(fd, bytes, length);
}

int ftruncate(int fd, off_t size) {
    pthread_mutex_lock(&lock);
    int note = notes(fd);
    struct stat file;
    if (note >= 0 && fstat(fd, &file) == 0 && file.st_size > size)
        remember(fd, note, (uint64_t)size, (uint64_t)(file.st_size - size));
    int done = REAL(ftruncate)(fd, size);
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

/* What is synced can no longer be lost. */
static int synced(int fd, int (*sync)(int)) {
    pthread_mutex_lock(&lock);
    int note = notes(fd);
    int lies = getenv("COMPTOIR_POWER_CUT_LIES") != NULL;
    int done = note >= 0 && lies ? 0 : sync(fd);
    if (note >= 0 && !lies && done == 0) done = REAL(ftruncate)(note, 0);
    pthread_mutex_unlock(&lock);
    return done;
}

int fsync(int fd) { return synced(fd, REAL(fsync)); }

int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

int close(int fd) {
    pthread_mutex_lock(&lock);
    if (fd >= 0 && fd < FILES) {
        if (notes_of[fd] > 0) REAL(close)(notes_of[fd] - 1);
        notes_of[fd] = 0;
    }
    pthread_mutex_unlock(&lock);
    return REAL(close)(fd);
}
