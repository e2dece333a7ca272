using AiKernels.Cache;
using AiKernels.Cpu;
using AiKernels.Formats;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AiKernels.Tests.Cpu;

/// <summary>Every kernel on every instruction set and number of threads gives the bits of the scalar definition.</summary>
public class BitEqualityTests
{
    public static TheoryData<string> InstructionSets => new(BackendPair.InstructionSets);

    public static TheoryData<string, GgmlType> InstructionSetsAndFormats
    {
        get
        {
            var data = new TheoryData<string, GgmlType>();
            foreach (var set in BackendPair.InstructionSets)
            {
                foreach (var format in SupportedFormats.All)
                {
                    data.Add(set, format.Type);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(InstructionSetsAndFormats))]
    public void A_product_has_the_bits_of_its_definition(string instructionSet, GgmlType type) =>
        ForAllSeeds(30, seed =>
        {
            var random = new Random(seed);
            var block = Math.Max(type.Block().Elements, 1);
            // One, few, enough for several passes over a panel, and more than run past one at once.
            var tokens = random.Next(5) switch { 0 => random.Next(60, 140), 1 => random.Next(10, 30), _ => random.Next(1, 10) };
            var rows = random.Next(1, 70);
            var columns = block == 1 ? random.Next(1, 100) : block * random.Next(1, 4);
            using var pair = new BackendPair(instructionSet, random.Next(1, 4));

            var x = pair.Slice(random, tokens, columns, Activations);
            var w = pair.Weight(type, rows, columns, RandomNumbers.Stored(random, type, rows, columns));
            var y = pair.Slice(random, tokens, rows, (source, count) => RandomNumbers.Normal(source, count));
            var bias = pair.Tensor(1, rows, RandomNumbers.Normal(random, rows));
            var (hasBias, accumulate, gated) = (random.Next(2) == 0, random.Next(2) == 0, random.Next(2) == 0);
            var gateType = random.Next(2) == 0 ? type : GgmlType.F16; // Which has fewer rows side by side than tiles have.
            var gate = pair.Weight(gateType, rows, columns, RandomNumbers.Stored(random, gateType, rows, columns));

            pair.Reference.MatMul(x.Reference, new Projection(
                w.Reference, y.Reference, hasBias ? bias.Reference : null, accumulate, gated ? gate.Reference : null));
            pair.Cpu.MatMul(x.Cpu, new Projection(
                w.Cpu, y.Cpu, hasBias ? bias.Cpu : null, accumulate, gated ? gate.Cpu : null));
            pair.AssertSame(y);
        });

    [Theory]
    [InlineData(GgmlType.F16, 90)]
    [InlineData(GgmlType.Q8_0, 288)]
    [InlineData(GgmlType.Q4_0, 288)]
    [InlineData(GgmlType.Q4_K, 512)]
    [InlineData(GgmlType.Q6_K, 512)]
    public void More_tokens_and_rows_than_one_pass_takes_have_the_bits_of_their_definition(GgmlType type, int columns)
    {
        // The records of 288 inputs end in a short one; 167 rows are eleven panels, of which the last is half empty.
        const int rows = 167;
        var random = new Random(9);
        var stored = RandomNumbers.Stored(random, type, rows, columns);
        var gates = RandomNumbers.Stored(random, GgmlType.F16, rows, columns);
        foreach (var tokens in (int[])[PanelKernel.MaxTokens + 1, PanelKernel.MaxTokens - 1, 9])
        {
            var values = RandomNumbers.Normal(random, tokens * columns);
            foreach (var set in InstructionSet.Supported)
            {
                using var pair = new BackendPair(set.Name, 2);
                var x = pair.Tensor(tokens, columns, values);
                var w = pair.Weight(type, rows, columns, stored);
                var gate = pair.Weight(GgmlType.F16, rows, columns, gates);
                var y = pair.Tensor(tokens, rows, new float[tokens * rows]);
                pair.Reference.MatMul(x.Reference, new Projection(w.Reference, y.Reference, Gate: gate.Reference));
                pair.Cpu.MatMul(x.Cpu, new Projection(w.Cpu, y.Cpu, Gate: gate.Cpu));
                pair.AssertSame(y);
            }
        }
    }

    [Theory]
    [MemberData(nameof(InstructionSetsAndFormats))]
    public void Blocks_of_random_bytes_multiply_like_their_definition(string instructionSet, GgmlType type) =>
        ForAllSeeds(20, seed =>
        {
            // Scales may come out infinite, NaN or subnormal, group factors negative, quants -128.
            var random = new Random(seed);
            var (tokens, columns) = (random.Next(2) == 0 ? 5 : random.Next(16, 40), Math.Max(type.Block().Elements, 32) * 2);
            using var pair = new BackendPair(instructionSet, 1);
            var stored = new byte[type.RowBytes(columns) * 19];
            random.NextBytes(stored);

            var x = pair.Tensor(tokens, columns, Activations(random, tokens * columns));
            var w = pair.Weight(type, 19, columns, stored);
            var y = pair.Tensor(tokens, 19, new float[tokens * 19]);
            pair.Reference.MatMul(x.Reference, new Projection(w.Reference, y.Reference));
            pair.Cpu.MatMul(x.Cpu, new Projection(w.Cpu, y.Cpu));
            pair.AssertSame(y);
        });

    [Theory]
    [MemberData(nameof(InstructionSetsAndFormats))]
    public void An_embedding_is_the_stored_row(string instructionSet, GgmlType type) =>
        ForAllSeeds(10, seed =>
        {
            var random = new Random(seed);
            var columns = Math.Max(type.Block().Elements, 8) * random.Next(1, 3);
            using var pair = new BackendPair(instructionSet, 2);
            var stored = new byte[type.RowBytes(columns) * 37];
            random.NextBytes(stored);
            var table = pair.Weight(type, 37, columns, stored);
            int[] tokens = [0, 36, 15, 16, random.Next(37)];
            var y = pair.Tensor(tokens.Length, columns, new float[tokens.Length * columns]);

            pair.Reference.Embed(table.Reference, tokens, y.Reference);
            pair.Cpu.Embed(table.Cpu, tokens, y.Cpu);
            pair.AssertSame(y);
        });

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void Several_products_of_mixed_formats_are_one_dispatch(string instructionSet)
    {
        var random = new Random(7);
        using var pair = new BackendPair(instructionSet, 3);
        var x = pair.Tensor(6, 512, RandomNumbers.Normal(random, 6 * 512));
        var parts = SupportedFormats.All.Select((format, i) =>
        {
            var rows = 16 + (5 * i);
            var w = pair.Weight(format.Type, rows, 512, RandomNumbers.Stored(random, format.Type, rows, 512));
            return (W: w, Y: pair.Tensor(6, rows, new float[6 * rows]));
        }).ToArray();

        pair.Reference.MatMul(x.Reference, [.. parts.Select(p => new Projection(p.W.Reference, p.Y.Reference))]);
        pair.Cpu.MatMul(x.Cpu, [.. parts.Select(p => new Projection(p.W.Cpu, p.Y.Cpu))]);
        Assert.All(parts, part => pair.AssertSame(part.Y));
    }

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void Norm_and_rotation_have_the_bits_of_their_definitions(string instructionSet) =>
        ForAllSeeds(60, seed =>
        {
            var random = new Random(seed);
            var (rows, heads, length) = (random.Next(1, 5), random.Next(1, 4), 2 * random.Next(1, 40));
            using var pair = new BackendPair(instructionSet, random.Next(1, 4));
            var x = pair.Tensor(rows, heads * length, Activations(random, rows * heads * length));
            var gain = pair.Tensor(1, length, RandomNumbers.Normal(random, length));
            var rotation = pair.Tensor(rows, length, RandomNumbers.Normal(random, rows * length));
            var turned = rotation.Reference.Columns - (2 * random.Next(length / 2));
            var y = pair.Tensor(rows, heads * length, new float[rows * heads * length]);
            var pairing = (RopePairing)random.Next(2);

            pair.Reference.RmsNorm(x.Reference, gain.Reference, 1e-5f, y.Reference);
            pair.Cpu.RmsNorm(x.Cpu, gain.Cpu, 1e-5f, y.Cpu);
            pair.AssertSame(y);

            pair.Reference.Rope(y.Reference, length, pairing, rotation.Reference.SliceColumns(0, turned));
            pair.Cpu.Rope(y.Cpu, length, pairing, rotation.Cpu.SliceColumns(0, turned));
            pair.AssertSame(y);
        });

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void Attention_has_the_bits_of_its_definition(string instructionSet) =>
        ForAllSeeds(25, seed =>
        {
            var random = new Random(seed);
            var (heads, group, length) = (random.Next(1, 3), random.Next(1, 4), random.Next(1, random.Next(2) == 0 ? 90 : 300));
            var type = new[] { GgmlType.F32, GgmlType.F16, GgmlType.Q8_0 }[random.Next(3)];
            length = type == GgmlType.Q8_0 ? (length + 31) / 32 * 32 : length;
            var shape = new KeyValueShape(2, heads, length, type, 64 * random.Next(1, 3));
            using var pair = new BackendPair(instructionSet, random.Next(1, 4));
            var (reference, cpu) = (pair.Reference.AllocateCache(shape, 8), pair.Cpu.AllocateCache(shape, 8));
            var pool = new PagePool(8);
            BlockTable[] sequences = [new(pool, shape.PageLength), new(pool, shape.PageLength)];
            var lengths = new int[2];

            for (var step = 0; step < 4; step++)
            {
                var batch = new Batch();
                for (var s = 0; s < 2; s++)
                {
                    var added = random.Next(0, 60);
                    Assert.True(sequences[s].TryReserve(lengths[s] + added));
                    batch.Add(sequences[s], lengths[s], new int[added]);
                    lengths[s] += added;
                }

                if (batch.Count == 0)
                {
                    continue;
                }

                var (rows, width) = (batch.Count, heads * length);
                var odd = random.Next(3) == 0; // Infinities and NaN.
                var k = pair.Tensor(rows, width, odd ? Activations(random, rows * width) : RandomNumbers.Normal(random, rows * width));
                var v = pair.Tensor(rows, width, odd ? Activations(random, rows * width) : RandomNumbers.Normal(random, rows * width));
                var q = pair.Tensor(rows, width * group, RandomNumbers.Normal(random, rows * width * group, 2));
                var y = pair.Tensor(rows, width * group, new float[rows * width * group]);
                pair.Reference.Store(reference, 1, batch, k.Reference, v.Reference);
                pair.Cpu.Store(cpu, 1, batch, k.Cpu, v.Cpu);
                pair.Reference.Attention(q.Reference, reference, 1, batch, 0.3f, y.Reference);
                pair.Cpu.Attention(q.Cpu, cpu, 1, batch, 0.3f, y.Cpu);
                pair.AssertSame(y);
            }
        });

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void A_long_context_split_over_threads_has_the_bits_of_its_definition(string instructionSet)
    {
        var random = new Random(5);
        foreach (var (before, added, threads, type) in ((int, int, int, GgmlType)[])
            [(700, 1, 3, GgmlType.F16), (700, 5, 2, GgmlType.F32), (572, 9, 64, GgmlType.Q8_0), (511, 1, 2, GgmlType.Q8_0)])
        {
            var shape = new KeyValueShape(1, 1, 32, type);
            using var pair = new BackendPair(instructionSet, threads);
            var (reference, cpu) = (pair.Reference.AllocateCache(shape, 12), pair.Cpu.AllocateCache(shape, 12));
            var table = new BlockTable(new PagePool(12), shape.PageLength);
            Assert.True(table.TryReserve(before + added));
            var (earlier, batch) = (new Batch(), new Batch());
            earlier.Add(table, 0, new int[before]);
            batch.Add(table, before, new int[added]);
            foreach (var step in (Batch[])[earlier, batch])
            {
                var k = pair.Tensor(step.Count, 32, RandomNumbers.Normal(random, step.Count * 32));
                var v = pair.Tensor(step.Count, 32, RandomNumbers.Normal(random, step.Count * 32));
                pair.Reference.Store(reference, 0, step, k.Reference, v.Reference);
                pair.Cpu.Store(cpu, 0, step, k.Cpu, v.Cpu);
            }

            var q = pair.Tensor(added, 96, RandomNumbers.Normal(random, added * 96, 3));
            var y = pair.Tensor(added, 96, new float[added * 96]);
            pair.Reference.Attention(q.Reference, reference, 0, batch, 0.4f, y.Reference);
            pair.Cpu.Attention(q.Cpu, cpu, 0, batch, 0.4f, y.Cpu);
            pair.AssertSame(y);
        }
    }

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void What_a_page_held_before_does_not_matter(string instructionSet)
    {
        var random = new Random(11);
        foreach (var (type, pageLength) in ((GgmlType, int)[])[(GgmlType.F32, 64), (GgmlType.F16, 128), (GgmlType.Q8_0, 64), (GgmlType.Q8_0, 192)])
        {
            var shape = new KeyValueShape(1, 1, 64, type, pageLength);
            using var pair = new BackendPair(instructionSet, 2);
            var (clean, stale) = (pair.Cpu.AllocateCache(shape, 1), pair.Cpu.AllocateCache(shape, 1));
            var (pool, batch, full) = (new PagePool(1), new Batch(), new Batch());
            var table = new BlockTable(pool, pageLength);
            Assert.True(table.TryReserve(pageLength));
            full.Add(table, 0, new int[pageLength]);
            batch.Add(table, 0, new int[5]);
            var garbage = new float[pageLength * 64];
            Array.Fill(garbage, float.NaN);
            var nan = pair.Tensor(pageLength, 64, garbage);
            pair.Cpu.Store(stale, 0, full, nan.Cpu, nan.Cpu);

            var k = pair.Tensor(5, 64, RandomNumbers.Normal(random, 5 * 64));
            var q = pair.Tensor(5, 64, RandomNumbers.Normal(random, 5 * 64));
            var results = new List<float[]>();
            foreach (var cache in (KeyValueCache[])[clean, stale])
            {
                var y = pair.Cpu.Allocate(5, 64);
                pair.Cpu.Store(cache, 0, batch, k.Cpu, k.Cpu);
                pair.Cpu.Attention(q.Cpu, cache, 0, batch, 0.2f, y);
                results.Add(new float[5 * 64]);
                pair.Cpu.Read(y, results[^1]);
            }

            Assert.DoesNotContain(results[0], float.IsNaN);
            Bits.AssertEqual(results[0], results[1]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(64)]
    public void The_number_of_threads_changes_no_bit(int threads)
    {
        var random = new Random(3);
        var stored = RandomNumbers.Stored(random, GgmlType.Q4_K, 1000, 512);
        var values = RandomNumbers.Normal(random, 9 * 512);
        using var pair = new BackendPair(BackendPair.InstructionSets.First(), threads);
        var w = pair.Weight(GgmlType.Q4_K, 1000, 512, stored);
        var x = pair.Tensor(9, 512, values);
        var y = pair.Tensor(9, 1000, new float[9000]);
        pair.Reference.MatMul(x.Reference, new Projection(w.Reference, y.Reference));
        for (var repetition = 0; repetition < 50; repetition++)
        {
            pair.Cpu.MatMul(x.Cpu, new Projection(w.Cpu, y.Cpu));
            pair.AssertSame(y);
        }
    }

    private static void ForAllSeeds(int count, Action<int> property) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), property)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(count));

    /// <summary>Mostly ordinary values; now and then blocks of zeros, tiny ones, infinities and NaN.</summary>
    private static float[] Activations(Random random, int count)
    {
        var values = RandomNumbers.Normal(random, count, MathF.Pow(10, random.Next(-3, 3)));
        ReadOnlySpan<float> odd = [0, -0f, float.Epsilon, 1e-38f, 3e38f, float.PositiveInfinity, float.NaN];
        for (var n = random.Next(4); n > 0; n--)
        {
            values[random.Next(count)] = odd[random.Next(odd.Length)];
        }

        if (random.Next(3) == 0)
        {
            Array.Clear(values, 0, Math.Min(count, 64));
        }

        return values;
    }
}
