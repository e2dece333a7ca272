using AiKernels.Formats;
using AiKernels.Runtime.Models;

namespace AiKernels.Runtime.Tests.Models;

/// <summary>
/// A transformer as a textbook writes it, in double precision on dequantized weights: the truth that engines are
/// measured against. Shares nothing with the library but the description of the model.
/// </summary>
internal sealed class Float64Decoder(DecoderSpec spec, TensorSource source)
{
    private readonly Dictionary<string, double[][]> _tensors = [];

    /// <summary>The logits [T, vocabulary] after each of the tokens.</summary>
    public double[] Logits(int[] tokens)
    {
        var embedding = Matrix("token_embd.weight");
        double[][] x = [.. tokens.Select(token => (double[])embedding[token].Clone())];
        for (var layer = 0; layer < spec.Layers; layer++)
        {
            var prefix = $"blk.{layer}.";
            Add(x, Attention(Normed(x, $"{prefix}attn_norm.weight"), prefix));
            Add(x, FeedForward(Normed(x, $"{prefix}ffn_norm.weight"), prefix));
        }

        var output = source.TryFind("output.weight", out _) ? Matrix("output.weight") : embedding;
        return [.. Product(Normed(x, "output_norm.weight"), output).SelectMany(row => row)];
    }

    private double[][] Attention(double[][] x, string prefix)
    {
        var (q, k, v) = (Heads(x, prefix, "q", spec.Heads), Heads(x, prefix, "k", spec.KeyValueHeads), Projected(x, prefix, "v"));
        var (length, group) = (spec.HeadLength, spec.Heads / spec.KeyValueHeads);
        var attended = new double[x.Length][];
        for (var t = 0; t < x.Length; t++)
        {
            attended[t] = new double[spec.Heads * length];
            for (var head = 0; head < spec.Heads; head++)
            {
                var (first, shared) = (head * length, head / group * length);
                var scores = new double[t + 1];
                for (var s = 0; s <= t; s++)
                {
                    scores[s] = Dot(q[t].AsSpan(first, length), k[s].AsSpan(shared, length)) / Math.Sqrt(length);
                }

                var largest = scores.Max();
                var weights = scores.Select(score => Math.Exp(score - largest)).ToArray();
                var sum = weights.Sum();
                for (var s = 0; s <= t; s++)
                {
                    for (var i = 0; i < length; i++)
                    {
                        attended[t][first + i] += weights[s] / sum * v[s][shared + i];
                    }
                }
            }
        }

        return Product(attended, Matrix($"{prefix}attn_output.weight"));
    }

    /// <summary>Queries or keys, normed where the model says so, and turned by their positions.</summary>
    private double[][] Heads(double[][] x, string prefix, string part, int heads)
    {
        var rows = Projected(x, prefix, part);
        for (var t = 0; t < rows.Length; t++)
        {
            for (var head = 0; head < heads; head++)
            {
                var channels = rows[t].AsSpan(head * spec.HeadLength, spec.HeadLength);
                if (spec.HasQueryKeyNorm)
                {
                    Normed(channels.ToArray(), Vector($"{prefix}attn_{part}_norm.weight")).CopyTo(channels);
                }

                Turn(channels, t);
            }
        }

        return rows;
    }

    private void Turn(Span<double> head, int position)
    {
        var rotary = spec.Rotary;
        var factors = source.TryFind("rope_freqs.weight", out _) ? Vector("rope_freqs.weight") : null;
        for (var i = 0; i < rotary.Length / 2; i++)
        {
            var angle = position / rotary.LinearFactor * Math.Pow(rotary.Base, -2.0 * i / rotary.Length) / (factors?[i] ?? 1);
            var (first, second) = rotary.Pairing == RopePairing.Adjacent ? (2 * i, (2 * i) + 1) : (i, i + (rotary.Length / 2));
            var (sin, cos) = Math.SinCos(angle);
            (head[first], head[second]) =
                ((head[first] * cos) - (head[second] * sin), (head[first] * sin) + (head[second] * cos));
        }
    }

    private double[][] Projected(double[][] x, string prefix, string part)
    {
        var y = Product(x, Matrix($"{prefix}attn_{part}.weight"));
        if (spec.HasAttentionBias)
        {
            var bias = Vector($"{prefix}attn_{part}.bias");
            Add(y, [.. y.Select(_ => bias)]);
        }

        return y;
    }

    private double[][] FeedForward(double[][] x, string prefix)
    {
        var (gate, up) = (Product(x, Matrix($"{prefix}ffn_gate.weight")), Product(x, Matrix($"{prefix}ffn_up.weight")));
        double[][] hidden = [.. gate.Zip(up, (g, u) => g.Zip(u, (a, b) => a / (1 + Math.Exp(-a)) * b).ToArray())];
        return Product(hidden, Matrix($"{prefix}ffn_down.weight"));
    }

    private double[][] Normed(double[][] x, string name)
    {
        var gain = Vector(name);
        return [.. x.Select(row => Normed(row, gain))];
    }

    private double[] Normed(double[] x, double[] gain)
    {
        var root = Math.Sqrt((Dot(x, x) / x.Length) + spec.NormEpsilon);
        return [.. x.Zip(gain, (value, factor) => value / root * factor)];
    }

    private static double[][] Product(double[][] x, double[][] w) =>
        [.. x.Select(row => w.Select(weights => Dot(row, weights)).ToArray())];

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    private static void Add(double[][] x, double[][] y)
    {
        for (var t = 0; t < x.Length; t++)
        {
            for (var i = 0; i < x[t].Length; i++)
            {
                x[t][i] += y[t][i];
            }
        }
    }

    private double[] Vector(string name) => Matrix(name)[0];

    private double[][] Matrix(string name) =>
        _tensors.TryGetValue(name, out var values) ? values : _tensors[name] = Read(name);

    private double[][] Read(string name)
    {
        if (!source.TryFind(name, out var tensor))
        {
            throw source.Missing(name);
        }

        var values = new float[tensor.Rows * tensor.Columns];
        source.ReadRows(tensor, 0, tensor.Rows, bytes => SupportedFormats.Get(tensor.Type).Dequantize(bytes, values));
        return [.. values.Chunk(tensor.Columns).Select(row => row.Select(value => (double)value).ToArray())];
    }
}
