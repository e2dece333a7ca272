namespace AiKernels;

/// <summary>One product of a <see cref="IBackend.MatMul"/>: y = x w^T, plus a bias, plus what y held.</summary>
/// <param name="Weight">w [N,K].</param>
/// <param name="Output">y [T,N].</param>
/// <param name="Bias">b [1,N], added after the sum, or null.</param>
/// <param name="Accumulate">Whether y's old value is added last: y = y + (x w^T + b), a residual connection.</param>
public readonly record struct Projection(Weight Weight, Tensor Output, Tensor? Bias = null, bool Accumulate = false);
