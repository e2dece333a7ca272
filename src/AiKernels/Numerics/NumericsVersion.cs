namespace AiKernels.Numerics;

/// <summary>The version of docs/ARITHMETIC.md that this build computes by.</summary>
public static class NumericsVersion
{
    /// <summary>Raised whenever a released result changes by a bit; golden hashes are kept under it.</summary>
    public const int Current = 1;
}
