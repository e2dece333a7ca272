using ILGPU.IR.Intrinsics;

namespace AiKernels.Gpu.Kernels.Device;

/// <summary>
/// Reads of memory that no kernel writes meanwhile. ILGPU's own could be of any memory, which takes longer to look up and
/// must stay in order; these the assembler may begin as early as it likes.
/// </summary>
internal static class DeviceMemory
{
    /// <summary>Sixteen bytes.</summary>
    [IntrinsicImplementation]
    public static Int4 Four(ref Int4 source) => source;

    /// <summary>Eight bytes.</summary>
    [IntrinsicImplementation]
    public static Int2 Two(ref Int2 source) => source;

    /// <summary>Four bytes.</summary>
    [IntrinsicImplementation]
    public static int One(ref int source) => source;

    /// <summary>Two bytes; what is above them is zero.</summary>
    [IntrinsicImplementation]
    public static int Half(ref short source) => source & 0xFFFF;
}
