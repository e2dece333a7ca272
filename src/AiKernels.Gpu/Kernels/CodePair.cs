using AiKernels.Formats;
using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>Codes of two neighbouring steps, for four neighbouring rows of a panel: 16 bytes of each plane hold them.</summary>
internal readonly struct CodePair(Int4 first, Int4 second)
{
    public readonly Int4 First = first, Second = second;

    /// <summary>Reads a pair.</summary>
    /// <param name="words">The weight, in fours of words.</param>
    /// <param name="chunk">The first word of a chunk of 32 inputs.</param>
    /// <param name="pair">Which two of its eight steps.</param>
    /// <param name="quad">Which four of the panel's rows.</param>
    public static CodePair Load<TBlock>(ArrayView<Int4> words, long chunk, int pair, int quad)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        const int stepFours = PanelLayout.StepBytes / 16;
        var plane = (chunk / 4) + quad;
        if (TBlock.CodeBits == 8)
        {
            return new CodePair(words[plane + (2 * pair * stepFours)], words[plane + (((2 * pair) + 1) * stepFours)]);
        }

        Int4 first = default, second = default;
        var taken = 0;
        if ((TBlock.CodeBits & 4) != 0)
        {
            var bits = words[plane + (pair * stepFours)];
            (first, second) = (bits & 0x0F0F0F0F, (bits >> 4) & 0x0F0F0F0F);
            plane += 4 * stepFours;
            taken = 4;
        }

        if ((TBlock.CodeBits & 2) != 0)
        {
            var bits = words[plane + ((pair >> 1) * stepFours)] >> ((pair & 1) * 4);
            (first, second) = (first | ((bits & 0x03030303) << taken), second | (((bits >> 2) & 0x03030303) << taken));
            plane += 2 * stepFours;
            taken += 2;
        }

        if ((TBlock.CodeBits & 1) != 0)
        {
            var bits = words[plane] >> (2 * pair);
            (first, second) = (first | ((bits & 0x01010101) << taken), second | (((bits >> 1) & 0x01010101) << taken));
        }

        return new CodePair(first, second);
    }
}
