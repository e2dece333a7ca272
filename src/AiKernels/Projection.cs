namespace AiKernels;

/// <summary>
/// One product of a <see cref="IBackend.MatMul"/>: y = x w^T, times a gate, plus a bias, plus what y held.
/// </summary>
/// <param name="Weight">w [N,K].</param>
/// <param name="Output">y [T,N].</param>
/// <param name="Bias">b [1,N], added after the sum, or null.</param>
/// <param name="Accumulate">Whether what y held is added last: a residual connection.</param>
/// <param name="Gate">
/// g [N,K], or null: the product is multiplied with silu(x g^T), silu(z) = z / (1 + exp(-z)). Source: SwiGLU,
/// arXiv:2002.05202.
/// </param>
public readonly record struct Projection(
    Weight Weight, Tensor Output, Tensor? Bias = null, bool Accumulate = false, Weight? Gate = null);
