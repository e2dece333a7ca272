using AiKernels.Formats;
using AiKernels.Tests.Shared.Backends;
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
            foreach (var set in InstructionSets.Names)
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
        using var backend = InstructionSets.Backend(instructionSet, 1);
        using var pair = new BackendPair(backend);
        ProductTrials.LargestSums(pair, type, fill, activation, 1, 19, 35); // Streams, also in passes, and tiles.
    }
}
