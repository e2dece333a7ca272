namespace AiKernels;

/// <summary>Memory that tensors look into.</summary>
public abstract class TensorStorage : BackendMemory
{
    /// <summary>Floats it holds.</summary>
    public abstract long Length { get; }
}
