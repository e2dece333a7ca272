namespace AiKernels.Numerics;

/// <summary>What all backends know of the Hadamard transform of heads, see docs/ARITHMETIC.md.</summary>
internal static class Hadamard
{
    /// <summary>B, the channels that one transform joins: the largest power of two that divides a head.</summary>
    public static int Length(int headLength) => headLength & -headLength;

    /// <summary>1 / sqrt(B), with which the transform keeps lengths and is its own inverse.</summary>
    public static float Scale(int length) => 1 / MathF.Sqrt(length);
}
