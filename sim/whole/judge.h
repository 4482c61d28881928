// What a core writes to its states, and the batch that it is compared with: for whole.cpp.
#ifndef JUDGE_H
#define JUDGE_H

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

using u64 = uint64_t;
using Words = std::vector<u64>;

static Words read_words(const char* path) {
    FILE* file = std::fopen(path, "rb");
    Words words;
    if (!file) return words;
    std::fseek(file, 0, SEEK_END);
    words.resize(std::ftell(file) / 8);
    std::rewind(file);
    size_t found = std::fread(words.data(), 8, words.size(), file);
    std::fclose(file);
    words.resize(found);
    return words;
}

// The factor of a unit in a digest, odd: digest.py has the same (SplitMix64).
static u64 factor(u64 unit) {
    u64 z = (unit + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (z ^ z >> 31) | 1;
}

// Digest what comes one behind the other: digest.py has the same.
static void chain(u64& digest, u64 value) { digest = digest * 0x9E3779B97F4A7C15u + value; }

// Sums of the factors of the units in a plane, a byte of it at a time.
struct Digests {
    std::vector<u64> sums;
    size_t bytes;
    explicit Digests(size_t d) : sums((d + 7) / 8 * 256), bytes((d + 7) / 8) {
        for (size_t byte = 0; byte < bytes; byte++)
            for (size_t value = 1; value < 256; value++) {
                size_t low = __builtin_ctzll(value);
                sums[byte * 256 + value] =
                    sums[byte * 256 + (value & (value - 1))] + factor(byte * 8 + low);
            }
    }
    u64 plane(const Words& plane) const {
        u64 sum = 0;
        for (size_t byte = 0; byte < bytes; byte++)
            sum += sums[byte * 256 + (plane[byte / 8] >> byte % 8 * 8 & 255)];
        return sum;
    }
};

// Numbers of all units as planes, least significant first; the last one is the sign, if they have.
struct Planes {
    std::vector<Words> planes;
    bool has_sign;
    Planes(size_t count, size_t d, bool has_sign)
        : planes(count, Words(d / 64 + 2)), has_sign(has_sign) {}
    void clear() {
        for (Words& plane : planes) plane.assign(plane.size(), 0);
    }
    void put(size_t plane, size_t at, const Words& word, size_t lanes) {
        for (size_t j = 0; j < lanes; j += 32, at += 32) {
            u64 bits = word[j / 32];
            if (lanes - j < 32) bits &= (u64(1) << (lanes - j)) - 1;
            planes[plane][at / 64] |= bits << at % 64;
            if (at % 64 > 32) planes[plane][at / 64 + 1] |= bits >> (64 - at % 64);
        }
    }
    u64 digest(const Digests& digests) const {
        u64 sum = 0;
        for (size_t k = 0; k < planes.size(); k++) {
            u64 part = digests.plane(planes[k]) << k;
            sum += has_sign && k + 1 == planes.size() ? -part : part;
        }
        return sum;
    }
    int64_t value(size_t unit) const {
        int64_t sum = 0;
        for (size_t k = 0; k < planes.size(); k++) {
            int64_t part = int64_t(planes[k][unit / 64] >> unit % 64 & 1) << k;
            sum += has_sign && k + 1 == planes.size() ? -part : part;
        }
        return sum;
    }
};

struct Sequence {
    u64 steps, answers;
    const u64 *x, *states, *pools, *differences, *logits, *classes;
};

// A batch, in the order of batch.py.
struct Batch {
    Words words;
    const u64* next;
    u64 sequences, input_words, planes_kind, d, lanes, state_bits, relu, every, classes, drain,
        patience, pool_planes, row_bytes, row_lead, row_tail;
    Words step, readout, pool, weights;
    std::vector<Sequence> all;

    u64 take() { return *next++; }
    Words list() {
        u64 count = take();
        Words found(next, next + count);
        next += count;
        return found;
    }
    const u64* part(u64 count) {
        const u64* begin = next;
        next += count;
        return begin;
    }
    explicit Batch(const char* path) : words(read_words(path)) {
        next = words.data();
        for (u64* each : {&sequences, &input_words, &planes_kind, &d, &lanes, &state_bits, &relu,
                          &every, &classes, &drain, &patience, &pool_planes, &row_bytes, &row_lead,
                          &row_tail})
            *each = take();
        step = list(), readout = list(), pool = list(), weights = list();
        for (u64 s = 0; s < sequences; s++) {
            Sequence one;
            one.steps = take();
            one.answers = every ? one.steps : 1;
            one.x = part(one.steps * input_words);
            one.states = part(one.steps);
            one.pools = part(pool.empty() ? 0 : one.steps);
            one.differences = part(readout.empty() ? 0 : one.answers);
            one.logits = part(one.answers * classes);
            one.classes = part(one.answers);
            all.push_back(one);
        }
    }
};

struct Difference {
    std::string what;  // "" for none
    u64 sequence = 0, step = 0;
    int64_t place = -1, expected = 0, got = 0;
    std::vector<int64_t> values;  // of all units, where the digest differs
};

// What the core writes to its states, write by write.
struct Judge {
    const Batch& batch;
    Digests digests;
    Planes states, pools, differences;
    std::vector<int64_t> units;
    std::vector<bool> written;
    Words chains;  // of the states of every sequence
    u64 sequence = 0, step = 1, at = 0, answer = 0, values = 0, pooled = 0, saturated = 0;
    enum { STEP, POOL, READOUT } phase = STEP;
    Difference found;

    explicit Judge(const Batch& batch)
        : batch(batch), digests(batch.d), states(batch.state_bits, batch.d, true),
          pools(batch.pool_planes, batch.d, false),
          differences(batch.state_bits + 1, batch.d, true), units(batch.d), written(batch.d),
          chains(batch.sequences) {}

    bool differs(const char* what, int64_t place, int64_t expected, int64_t got) {
        if (expected == got) return false;
        found = {what, sequence, step, place, expected, got, {}};
        return true;
    }
    void compare(const char* what, u64 expected, u64 got, const Planes* planes) {
        if (!differs(what, -1, expected, got)) return;
        for (u64 i = 0; i < batch.d; i++) found.values.push_back(planes ? planes->value(i) : units[i]);
    }
    void compare_states(u64 got, const Planes* planes) {
        chain(chains[sequence], got);
        compare("states", batch.all[sequence].states[step - 1], got, planes);
        values += batch.d;
    }
    void write(u64 address, const Words& word) {
        if (sequence == batch.sequences) {
            found.what = "surplus write";
        } else if (batch.planes_kind) {
            plane(address, word);
        } else {
            unit(address, word);
        }
    }
    void unit(u64 address, const Words& word) {
        if (address >= batch.d || written[address]) {
            found = {"unit written", sequence, step, int64_t(at), -1, int64_t(address), {}};
            return;
        }
        written[address] = true;
        units[address] = int32_t(word[0]);
        if (++at < batch.d) return;
        u64 sum = 0;
        for (u64 i = 0; i < batch.d; i++) sum += factor_of(i) * u64(units[i]);
        compare_states(sum, nullptr);
        written.assign(batch.d, false);
        advance();
    }
    u64 factor_of(u64 i) const { return digests.sums[i / 8 * 256 + (1u << i % 8)]; }

    void plane(u64 address, const Words& word) {
        const Words& order = phase == STEP ? batch.step : phase == POOL ? batch.pool : batch.readout;
        static const char* names[] = {"address of write", "pools, address of write",
                                      "readout, address of write"};
        if (differs(names[phase], at, order[at], address)) return;
        u64 folds = batch.d / batch.lanes, count = order.size() / folds;
        u64 fold = at / count, plane = at % count;
        if (at == 0) {
            if (phase == STEP) flags.assign(batch.d / 64 + 2, 0), states.clear();
            if (phase == POOL) pools.clear();
            if (phase == READOUT) differences.clear();
        }
        u64 place = fold * batch.lanes;
        if (phase == POOL) {
            pools.put(plane, place, word, batch.lanes);
        } else if (phase == READOUT) {
            differences.put(plane, place, word, batch.lanes);
        } else if (plane + 1 == count) {
            put_flags(place, word);
        } else if (plane + 2 == count) {
            states.put(batch.state_bits - 1, place, word, batch.lanes);
        } else if (plane + 1 < batch.state_bits) {  // else: the sign without overflow
            states.put(plane, place, word, batch.lanes);
        }
        if (++at == order.size()) finish();
    }
    Words flags;
    void put_flags(u64 place, const Words& word) {
        Planes one(1, batch.d, false);
        one.put(0, place, word, batch.lanes);
        for (size_t i = 0; i < flags.size(); i++) flags[i] |= one.planes[0][i];
    }
    // A flag stands for the largest state of its sign; after a ReLU a negative state for zero.
    void resolve() {
        Words& sign = states.planes.back();
        for (size_t i = 0; i < sign.size(); i++) {
            for (size_t k = 0; k + 1 < states.planes.size(); k++) {
                u64& plane = states.planes[k][i];
                plane = (flags[i] & ~sign[i]) | (~flags[i] & plane);
                if (batch.relu) plane &= ~sign[i];
            }
            saturated += __builtin_popcountll(batch.relu ? flags[i] & ~sign[i] : flags[i]);
            if (batch.relu) sign[i] = 0;
        }
    }
    void finish() {
        const Sequence& one = batch.all[sequence];
        at = 0;
        if (phase == STEP) {
            resolve();
            compare_states(states.digest(digests), &states);
            if (!batch.pool.empty()) return void(phase = POOL);
        } else if (phase == POOL) {
            compare("pools", one.pools[step - 1], pools.digest(digests), &pools);
            pooled += batch.d;
        } else {
            compare("differences", one.differences[answer++], differences.digest(digests),
                    &differences);
            values += batch.d;
        }
        bool reads = !batch.readout.empty() && (batch.every || step == one.steps);
        if (phase != READOUT && reads) return void(phase = READOUT);
        advance();
    }
    void advance() {
        phase = STEP, at = 0;
        if (found.what.empty() && ++step > batch.all[sequence].steps) sequence++, step = 1, answer = 0;
    }
};

#endif
