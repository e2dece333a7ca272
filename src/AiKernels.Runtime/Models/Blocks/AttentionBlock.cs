using AiKernels.Cache;

namespace AiKernels.Runtime.Models.Blocks;

/// <summary>
/// x = x + W_o attention(norm(x)): grouped-query attention with rotary positions, over the paged cache. Queries and keys are
/// transformed where the cache wants that. Source: arXiv:2305.13245.
/// </summary>
internal sealed class AttentionBlock
{
    private readonly DecoderSpec _spec;
    private readonly int _layer;
    private readonly Tensor _norm;
    private readonly (Weight Weight, Tensor? Bias) _query, _key, _value, _output;
    private readonly (Tensor Query, Tensor Key)? _headNorms;

    public AttentionBlock(DecoderSpec spec, int layer, WeightLoader loader)
    {
        _spec = spec;
        _layer = layer;
        var (queryWidth, keyWidth) = (spec.Heads * spec.HeadLength, spec.KeyValueHeads * spec.HeadLength);
        (Weight Weight, Tensor? Bias) Load(string part, int rows, int columns, bool hasBias) =>
            (loader.Matrix(Name(part, "weight"), rows, columns, layer), hasBias ? loader.Vector(Name(part, "bias"), rows) : null);

        _norm = loader.Vector(Name("norm", "weight"), spec.Width);
        _query = Load("q", queryWidth, spec.Width, spec.HasAttentionBias);
        _key = Load("k", keyWidth, spec.Width, spec.HasAttentionBias);
        _value = Load("v", keyWidth, spec.Width, spec.HasAttentionBias);
        _output = Load("output", spec.Width, queryWidth, hasBias: false);
        if (spec.HasQueryKeyNorm)
        {
            _headNorms = (loader.Vector(Name("q_norm", "weight"), spec.HeadLength),
                loader.Vector(Name("k_norm", "weight"), spec.HeadLength));
        }
    }

    public void Run(IBackend backend, in Workspace work, KeyValueCache cache, Batch batch)
    {
        backend.RmsNorm(work.Residual, _norm, _spec.NormEpsilon, work.Normed);
        backend.MatMul(
            work.Normed,
            new Projection(_query.Weight, work.Queries, _query.Bias),
            new Projection(_key.Weight, work.Keys, _key.Bias),
            new Projection(_value.Weight, work.Values, _value.Bias));
        if (_headNorms is var (queryNorm, keyNorm))
        {
            backend.RmsNorm(work.Queries, queryNorm, _spec.NormEpsilon, work.Queries);
            backend.RmsNorm(work.Keys, keyNorm, _spec.NormEpsilon, work.Keys);
        }

        backend.Rope(work.Queries, _spec.HeadLength, _spec.Rotary.Pairing, work.Rotation);
        backend.Rope(work.Keys, _spec.HeadLength, _spec.Rotary.Pairing, work.Rotation);
        if (cache.Shape.TransformsKeys)
        {
            backend.HadamardTransform(work.Queries, _spec.HeadLength);
            backend.HadamardTransform(work.Keys, _spec.HeadLength);
        }

        backend.Store(cache, _layer, batch, work.Keys, work.Values);
        backend.Attention(work.Queries, cache, _layer, batch, _spec.AttentionScale, work.Attended);
        backend.MatMul(work.Attended, new Projection(_output.Weight, work.Residual, Accumulate: true));
    }

    private string Name(string part, string kind) => $"blk.{_layer}.attn_{part}.{kind}";
}
