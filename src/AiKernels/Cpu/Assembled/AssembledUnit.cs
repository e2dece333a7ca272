namespace AiKernels.Cpu.Assembled;

/// <summary>What multiplies integers in kernels that .NET has no functions for.</summary>
internal enum AssembledUnit
{
    /// <summary>Nothing: intrinsics do.</summary>
    None,

    /// <summary>256-bit vectors.</summary>
    Avx2,

    /// <summary>256-bit dot products of bytes.</summary>
    AvxVnni,

    /// <summary>512-bit vectors, of bytes too.</summary>
    Avx512,

    /// <summary>512-bit dot products of bytes.</summary>
    Avx512Vnni,

    /// <summary>Tiles of bytes, and 512-bit dot products for what is no tile.</summary>
    Amx,
}

/// <summary>What follows from the choice of a unit.</summary>
internal static class AssembledUnitExtensions
{
    /// <summary>Whether vector registers are of 512 bits, not 256.</summary>
    public static bool IsWide(this AssembledUnit unit) => unit >= AssembledUnit.Avx512;

    /// <summary>Whether vectors of bytes have dot products.</summary>
    public static bool HasDots(this AssembledUnit unit) => unit is AssembledUnit.AvxVnni or AssembledUnit.Avx512Vnni or AssembledUnit.Amx;
}
