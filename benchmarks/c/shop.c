/* A job shop, straightforwardly: a binary heap of events, a first-come first-served queue for
 * each machine, exponential times, breakdowns by busy time. The yardstick for the twin's kernel.
 *
 *     shop N_JOBS RATE MEAN MTBF MTTR N_ROUTES N_STEPS SEED < routes
 *
 * Hours. RATE is jobs an hour of each route; MTBF 0 is no breakdowns; routes are machine numbers,
 * one route after another. Jobs come until N_JOBS have come; all are finished. Prints operations,
 * CPU seconds, mean lead time in hours.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MOST_MACHINES 256
#define ARRIVAL (-1)

typedef struct { double time; int machine; } Event;
typedef struct { double entered; int route, step, next; } Job;
typedef struct { int first, last, current; double to_failure; } Machine;

static Event heap[MOST_MACHINES + 8];
static int n_events;
static uint64_t state[4];

/* xoshiro256+ (Blackman, Vigna 2018), seeded by splitmix64. */
static inline uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

static inline double uniform(void) {
    const uint64_t result = state[0] + state[3], t = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= t;
    state[3] = rotl(state[3], 45);
    return ((double)(result >> 11) + 0.5) * 0x1.0p-53;
}

static inline double exponential(double mean) { return -mean * log(uniform()); }

static void seed(uint64_t x) {
    for (int i = 0; i < 4; i++) {
        uint64_t z = (x += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        state[i] = z ^ (z >> 31);
    }
}

static void push(double time, int machine) {
    int i = n_events++;
    while (i > 0 && heap[(i - 1) / 2].time > time) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i].time = time;
    heap[i].machine = machine;
}

static Event pop(void) {
    const Event top = heap[0], last = heap[--n_events];
    int i = 0, child;
    while ((child = 2 * i + 1) < n_events) {
        if (child + 1 < n_events && heap[child + 1].time < heap[child].time) child++;
        if (last.time <= heap[child].time) break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return top;
}

int main(int argc, char **argv) {
    if (argc != 9) return 2;
    const long n_jobs = atol(argv[1]);
    const double rate = atof(argv[2]), mean = atof(argv[3]);
    const double mtbf = atof(argv[4]), mttr = atof(argv[5]);
    const int n_routes = atoi(argv[6]), n_steps = atoi(argv[7]);
    int *route = malloc(sizeof(int) * n_routes * n_steps), n_machines = 0;
    for (int i = 0; i < n_routes * n_steps; i++) {
        if (scanf("%d", &route[i]) != 1 || route[i] < 0 || route[i] >= MOST_MACHINES) return 2;
        if (route[i] >= n_machines) n_machines = route[i] + 1;
    }
    seed(strtoull(argv[8], NULL, 10));
    const clock_t began = clock();
    Machine machines[MOST_MACHINES];
    for (int m = 0; m < n_machines; m++) {
        machines[m].first = machines[m].last = machines[m].current = -1;
        machines[m].to_failure = mtbf > 0 ? exponential(mtbf) : INFINITY;
    }
    long n_pool = 1024, n_used = 0;
    Job *jobs = malloc(sizeof(Job) * n_pool);
    int free_job = -1;
    long n_come = 0, n_operations = 0, n_done = 0;
    double lead = 0;
    push(exponential(1 / (rate * n_routes)), ARRIVAL);
    while (n_events > 0) {
        const Event event = pop();
        const double t = event.time;
        int joins = -1;
        if (event.machine == ARRIVAL) {
            int j = free_job;
            if (j >= 0) {
                free_job = jobs[j].next;
            } else {
                if (n_used == n_pool) jobs = realloc(jobs, sizeof(Job) * (n_pool *= 2));
                j = (int)n_used++;
            }
            jobs[j].entered = t;
            jobs[j].route = (int)(uniform() * n_routes);
            jobs[j].step = 0;
            joins = j;
            if (++n_come < n_jobs) push(t + exponential(1 / (rate * n_routes)), ARRIVAL);
        } else {
            Machine *machine = &machines[event.machine];
            const int j = machine->current;
            machine->current = -1;
            n_operations++;
            if (++jobs[j].step < n_steps) {
                joins = j;
            } else {
                lead += t - jobs[j].entered;
                n_done++;
                jobs[j].next = free_job;
                free_job = j;
            }
        }
        int look[2] = {event.machine, -1};
        if (joins >= 0) {
            const int m = route[jobs[joins].route * n_steps + jobs[joins].step];
            jobs[joins].next = -1;
            if (machines[m].last >= 0) jobs[machines[m].last].next = joins;
            else machines[m].first = joins;
            machines[m].last = joins;
            look[1] = m;
        }
        for (int i = 0; i < 2; i++) {
            if (look[i] < 0) continue;
            Machine *machine = &machines[look[i]];
            if (machine->current >= 0 || machine->first < 0) continue;
            const int j = machine->first;
            machine->first = jobs[j].next;
            if (machine->first < 0) machine->last = -1;
            machine->current = j;
            double work = exponential(mean), end = t;
            while (machine->to_failure < work) {
                end += machine->to_failure + exponential(mttr);
                work -= machine->to_failure;
                machine->to_failure = exponential(mtbf);
            }
            machine->to_failure -= work;
            push(end + work, look[i]);
        }
    }
    const double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
    printf("%ld %.6f %.6f\n", n_operations, seconds, lead / (double)n_done);
    return 0;
}
