using System.Runtime.InteropServices;
using System.Security.Cryptography;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Formats;

/// <summary>Packed bytes are kept in files under <see cref="PanelLayout.Name"/>, so that under one name they may never change.</summary>
public class PanelLayoutTests
{
    private const string Layout = "panels-16x4-1";

    private static readonly Dictionary<GgmlType, string> Known = new()
    {
        [GgmlType.F32] = "5563cc45cae263e6",
        [GgmlType.F16] = "2fa7f8afea052f94",
        [GgmlType.BF16] = "2fa7f8afea052f94",
        [GgmlType.Q8_0] = "6dfa4196fb13ab3f",
        [GgmlType.Q4_0] = "5d3c007ca2e31bf8",
        [GgmlType.Q4_K] = "63636ef2db790fe7",
        [GgmlType.Q6_K] = "b07fe7e5b25adf1c",
    };

    public static TheoryData<GgmlType> Types => new(SupportedFormats.All.Select(format => format.Type));

    [Theory]
    [MemberData(nameof(Types))]
    public void Packed_bytes_are_the_ones_that_this_layout_has_always_had(GgmlType type)
    {
        Assert.Equal(Layout, PanelLayout.Name); // A new name starts with new hashes.
        var hash = SupportedFormats.Get(type).Visit<PackedHash, string>(default);
        Assert.True(Known.TryGetValue(type, out var known), $"a new format: add [GgmlType.{type}] = \"{hash}\"");
        Assert.Equal(known, hash);
    }

    private readonly unsafe struct PackedHash : IFormatVisitor<string>
    {
        private const int Rows = 13, Columns = 512;

        public string VisitBlocks<TBlock>()
            where TBlock : unmanaged, IBlockFormat<TBlock>
        {
            var (blocks, panel) = (Random<TBlock>(Rows * Columns / TBlock.Length), new byte[BlockPanel<TBlock>.Bytes(Columns)]);
            fixed (byte* target = panel)
            {
                BlockPanel<TBlock>.Pack(blocks, Rows, Columns, target);
            }

            return Hash(panel);
        }

        public string VisitFloats<TElement>()
            where TElement : unmanaged, IFloatFormat<TElement>
        {
            var (elements, panel) = (Random<TElement>(Rows * Columns), new byte[FloatPanel<TElement>.Bytes(Columns)]);
            fixed (byte* target = panel)
            {
                FloatPanel<TElement>.Pack(elements, Rows, Columns, target);
            }

            return Hash(panel);
        }

        private static string Hash(byte[] panel) => Convert.ToHexStringLower(SHA256.HashData(panel))[..16];

        private static T[] Random<T>(int count)
            where T : unmanaged
        {
            var values = new T[count];
            new Random(1).NextBytes(MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }
    }
}
