// Runs a batch of sequences through a core and compares what it does with the golden run: every
// state, pool and difference of every step by a digest, logits and classes one by one. It stops at
// the first difference.
//
//     simulation BATCH ROWS
//
// BATCH is laid out in batch.py, ROWS holds the bytes of a table outside the core. What was compared,
// or the difference, goes to standard output as JSON.
#include <cstdio>
#include <vector>

#include "Vwhole.h"
#include "judge.h"
#include "verilated.h"

double sc_time_stamp() { return 0; }

static std::vector<uint8_t> read_bytes(const char* path) {
    std::vector<uint8_t> bytes;
    if (FILE* file = std::fopen(path, "rb")) {
        for (int c; (c = std::fgetc(file)) != EOF;) bytes.push_back(c);
        std::fclose(file);
    }
    return bytes;
}

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    Batch batch(argv[1]);
    std::vector<uint8_t> rows = read_bytes(argv[2]);
    VerilatedContext context;
    context.randReset(2);  // what has no initial value starts at random, the same in every run
    context.randSeed(1);
    Vwhole core(&context);
    Judge judge(batch);
    Difference& found = judge.found;

    core.rst = 1;
    core.y_ready = 1;
    for (int i = 0; i < 8; i++) core.clk = 0, core.eval(), core.clk = 1, core.eval();
    core.rst = 0;

    u64 fed = 0, fed_step = 0;        // the input that is offered
    u64 heard = 0, heard_logit = 0;   // the logit that is awaited
    u64 loaded = 0, place = 0, rest = batch.row_lead, logits = 0, classes = 0, cycle = 0;
    u64 quiet = 0, drained = 0;
    Words ends, heard_chains(batch.sequences), word(batch.planes_kind ? (batch.lanes + 31) / 32 : 1);

    auto offer = [&] {
        bool more = fed < batch.sequences;
        const Sequence* one = more ? &batch.all[fed] : nullptr;
        core.x_valid = more;
        core.x_last = !more || fed_step + 1 == one->steps;
        for (u64 i = 0; i < batch.input_words; i++)
            core.x_data[i] = more ? one->x[fed_step * batch.input_words + i] : ~core.x_data[i];
        core.w_valid = loaded < batch.weights.size();
        core.w_data = core.w_valid ? batch.weights[loaded] : ~core.w_data;
    };
    offer();
    while (found.what.empty() && drained < batch.drain) {
        core.clk = 0;
        core.eval();
        cycle++;
        quiet++;
        bool took_x = core.x_valid && core.x_ready, took_w = core.w_valid && core.w_ready;
        if (core.trace_enable) {
            for (u64 i = 0; i < word.size(); i++) word[i] = core.trace_word[i];
            judge.write(core.trace_address, word);
            quiet = 0;
        }
        if (found.what.empty() && core.y_valid) {
            quiet = 0;
            if (heard == batch.sequences) {
                found.what = "surplus logit";
                break;
            }
            const Sequence& one = batch.all[heard];
            u64 step = batch.every ? heard_logit / batch.classes + 1 : one.steps;
            bool last = heard_logit % batch.classes + 1 == batch.classes;
            auto differs = [&](const char* what, int64_t expected, int64_t got) {
                if (found.what.empty() && expected != got)
                    found = {what, heard, step, int64_t(heard_logit % batch.classes), expected, got, {}};
            };
            differs("logit", one.logits[heard_logit], core.y_data);
            differs("end mark", last, core.y_last);
            chain(heard_chains[heard], core.y_data);
            logits++;
            if (last) {
                differs("class", one.classes[heard_logit / batch.classes], core.y_user);
                classes++;
            }
            if (++heard_logit == one.answers * batch.classes) {
                heard++, heard_logit = 0;
                ends.push_back(cycle);
            }
        }
        bool asks = core.ask_valid, was_ready = core.ask_ready;
        u64 number = core.ask_data;
        core.clk = 1;
        core.eval();

        // The inputs of the next cycle.
        if (took_x) {
            quiet = 0;
            if (++fed_step == batch.all[fed].steps) fed++, fed_step = 0;
        }
        if (took_w) quiet = 0, loaded++;
        offer();
        core.row_valid = 0;
        core.ask_ready = 0;
        if (!asks || was_ready) {
            place = 0, rest = batch.row_lead;
        } else if (rest) {
            rest--;
        } else if (place == batch.row_bytes) {
            core.ask_ready = 1;
        } else {
            core.row_valid = 1;
            core.row_first = place == 0;
            core.row_data = rows.at(number * batch.row_bytes + place++);
            rest = place == batch.row_bytes ? batch.row_tail - 1 : 1;
            quiet = 0;
        }
        if (heard == batch.sequences) drained++;
        else if (quiet > batch.patience) found.what = "stop";
        if (found.what == "stop") found.sequence = heard, found.step = judge.step;
    }
    if (found.what.empty() && judge.sequence < batch.sequences)
        found.what = "stop", found.sequence = judge.sequence, found.step = judge.step;
    if (found.what.empty() && core.busy) found.what = "busy";
    using number = long long;
    auto list = [](const auto& values) {
        for (size_t i = 0; i < values.size(); i++) std::printf("%s%lld", i ? ", " : "", number(values[i]));
    };
    std::printf("{\"sequences\": %lld, \"values\": %lld, \"pools\": %lld, \"saturated\": %lld, "
                "\"logits\": %lld, \"classes\": %lld, \"cycles\": %lld, \"ends\": [",
                number(heard), number(judge.values), number(judge.pooled), number(judge.saturated),
                number(logits), number(classes), number(cycle));
    list(ends);
    std::printf("], \"digests\": [");
    for (u64 s = 0; s < batch.sequences; s++) chain(judge.chains[s], heard_chains[s]);
    list(judge.chains);
    if (!found.what.empty()) {
        std::printf("], \"difference\": {\"what\": \"%s\", \"sequence\": %lld, \"step\": %lld, "
                    "\"place\": %lld, \"expected\": %lld, \"got\": %lld, \"values\": [",
                    found.what.c_str(), number(found.sequence), number(found.step),
                    number(found.place), number(found.expected), number(found.got));
        list(found.values);
        std::printf("]}}\n");
    } else {
        std::printf("]}\n");
    }
    return 0;
}
