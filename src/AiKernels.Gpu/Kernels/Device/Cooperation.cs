namespace AiKernels.Gpu.Kernels.Device;

/// <summary>How threads of a device may work on a product together.</summary>
internal enum Cooperation
{
    /// <summary>Not at all: a thread has a row.</summary>
    None,

    /// <summary>Warps exchange registers, and four bytes are multiplied at once: CUDA devices from 6.1 on.</summary>
    Warps,

    /// <summary>Warps use tensor cores for int8, too: CUDA devices from 8.0 on.</summary>
    TensorCores,
}
