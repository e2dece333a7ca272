namespace AiKernels.Cpu.Assembled;

/// <summary>What multiplies integers in kernels that .NET has no functions for.</summary>
internal enum AssembledUnit
{
    /// <summary>Nothing: intrinsics do.</summary>
    None,

    /// <summary>256-bit dot products of bytes.</summary>
    AvxVnni,

    /// <summary>512-bit dot products of bytes.</summary>
    Avx512Vnni,
}
