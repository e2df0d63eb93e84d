/* What the machine itself takes, measured beside bm in the same run. Built by run.py with `cc -O2 -static`.
 *
 *   floors exit             starts and ends: the price of a process
 *   floors echo             answers each line with itself: the price of a pipe
 *   floors walk FOLDER      walks and stats every file; prints the milliseconds
 *   floors read FOLDER      walks and reads every byte; prints the milliseconds
 *   floors write FOLDER N   N times: a 2 KB file written, fsynced, renamed, its folder fsynced; prints microseconds each
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static char buffer[1 << 20];
static unsigned long files, bytes;

static void read_all(int folder, const char *name) {
    const int file = openat(folder, name, O_RDONLY);
    if (file < 0) return;
    ssize_t got;
    while ((got = read(file, buffer, sizeof buffer)) > 0) bytes += (unsigned long)got;
    close(file);
}

static void walk(int folder, int reads) {
    DIR *entries = fdopendir(folder);
    if (!entries) return;
    struct dirent *entry;
    while ((entry = readdir(entries))) {
        if (entry->d_name[0] == '.') continue;
        struct stat status;
        if (fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (S_ISDIR(status.st_mode)) {
            const int below = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY);
            if (below >= 0) walk(below, reads);
        } else if (S_ISREG(status.st_mode)) {
            ++files;
            if (reads) read_all(folder, entry->d_name);
        }
    }
    closedir(entries);
}

static int walk_timed(const char *path, int reads) {
    const double start = now_us();
    const int folder = open(path, O_RDONLY | O_DIRECTORY);
    if (folder < 0) return 1;
    walk(folder, reads);
    printf("%.3f %lu %lu\n", (now_us() - start) / 1e3, files, bytes);
    return 0;
}

static int write_timed(const char *path, int count) {
    const int folder = open(path, O_RDONLY | O_DIRECTORY);
    if (folder < 0) return 1;
    memset(buffer, 'x', 2048);
    for (int i = 0; i < count; ++i) {
        char name[32];
        snprintf(name, sizeof name, "floor-%d", i);
        const double start = now_us();
        const int file = openat(folder, ".floor.tmp", O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (file < 0 || write(file, buffer, 2048) != 2048 || fsync(file) != 0) return 1;
        close(file);
        if (renameat(folder, ".floor.tmp", folder, name) != 0 || fsync(folder) != 0) return 1;
        printf("%.1f\n", now_us() - start);
    }
    return 0;
}

static int echo(void) {
    ssize_t got;
    while ((got = read(0, buffer, sizeof buffer)) > 0) {
        if (write(1, buffer, (size_t)got) != got) return 1;
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "exit")) return 0;
    if (argc == 2 && !strcmp(argv[1], "echo")) return echo();
    if (argc == 3 && !strcmp(argv[1], "walk")) return walk_timed(argv[2], 0);
    if (argc == 3 && !strcmp(argv[1], "read")) return walk_timed(argv[2], 1);
    if (argc == 4 && !strcmp(argv[1], "write")) return write_timed(argv[2], atoi(argv[3]));
    fprintf(stderr, "usage: floors exit|echo|walk FOLDER|read FOLDER|write FOLDER N\n");
    return 2;
}
