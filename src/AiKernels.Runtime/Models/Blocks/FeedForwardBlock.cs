namespace AiKernels.Runtime.Models.Blocks;

/// <summary>x = x + W_down (silu(W_gate norm(x)) * W_up norm(x)). Source: SwiGLU, arXiv:2002.05202.</summary>
internal sealed class FeedForwardBlock
{
    private readonly float _epsilon;
    private readonly Tensor _norm;
    private readonly Weight _gate, _up, _down;

    public FeedForwardBlock(DecoderSpec spec, int layer, WeightLoader loader)
    {
        string Name(string part) => $"blk.{layer}.ffn_{part}.weight";
        _epsilon = spec.NormEpsilon;
        _norm = loader.Vector(Name("norm"), spec.Width);
        _gate = loader.Matrix(Name("gate"), spec.FeedForwardWidth, spec.Width, layer);
        _up = loader.Matrix(Name("up"), spec.FeedForwardWidth, spec.Width, layer);
        _down = loader.Matrix(Name("down"), spec.Width, spec.FeedForwardWidth, layer);
    }

    public void Run(IBackend backend, in Workspace work)
    {
        backend.RmsNorm(work.Residual, _norm, _epsilon, work.Normed);
        backend.MatMul(work.Normed, new Projection(_up, work.Gated, Gate: _gate));
        backend.MatMul(work.Gated, new Projection(_down, work.Residual, Accumulate: true));
    }
}
