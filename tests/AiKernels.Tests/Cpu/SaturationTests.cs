using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Cpu;

/// <summary>The largest sums there can be: an instruction that saturates would show here and nowhere else.</summary>
public class SaturationTests
{
    public static TheoryData<string, GgmlType, byte, float> Extremes
    {
        get
        {
            var data = new TheoryData<string, GgmlType, byte, float>();
            foreach (var set in BackendPair.InstructionSets)
            {
                foreach (var format in SupportedFormats.All)
                {
                    foreach (var fill in (byte[])[0xFF, 0x80, 0x7F, 0x00])
                    {
                        data.Add(set, format.Type, fill, 1);
                        data.Add(set, format.Type, fill, -1);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Extremes))]
    public void The_largest_codes_times_the_largest_activations_are_exact(
        string instructionSet, GgmlType type, byte fill, float activation)
    {
        const int rows = 16, columns = 512;
        using var pair = new BackendPair(instructionSet, 1);
        var stored = new byte[type.RowBytes(columns) * rows];
        Array.Fill(stored, fill);
        SetFiniteScales(type, stored);
        var w = pair.Weight(type, rows, columns, stored);
        foreach (var tokens in (int[])[1, 19, 35]) // Streams, also in passes, and tiles.
        {
            var values = new float[tokens * columns];
            Array.Fill(values, activation);
            var x = pair.Tensor(tokens, columns, values);
            var y = pair.Tensor(tokens, rows, new float[tokens * rows]);
            pair.Reference.MatMul(x.Reference, new Projection(w.Reference, y.Reference));
            pair.Cpu.MatMul(x.Cpu, new Projection(w.Cpu, y.Cpu));
            pair.AssertSame(y);
        }
    }

    /// <summary>Half-precision scales of 1, so that the sums are not hidden behind NaN.</summary>
    private static void SetFiniteScales(GgmlType type, byte[] stored)
    {
        int[] offsets = type switch
        {
            GgmlType.Q8_0 or GgmlType.Q4_0 => [0],
            GgmlType.Q4_K => [0, 2],
            GgmlType.Q6_K => [208],
            _ => [],
        };
        for (var block = 0; block < stored.Length; block += type.Block().Bytes)
        {
            foreach (var offset in offsets)
            {
                (stored[block + offset], stored[block + offset + 1]) = (0x00, 0x3C);
            }
        }
    }
}
