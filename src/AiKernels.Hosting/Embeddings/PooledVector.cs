namespace AiKernels.Hosting.Embeddings;

/// <summary>Makes a vector of a text's hidden states, in double precision and in one order, so that its bits are always the same.</summary>
/// <param name="width">Channels.</param>
/// <param name="pooling">How.</param>
internal sealed class PooledVector(int width, EmbeddingPooling pooling)
{
    private readonly double[] _sums = new double[width];
    private int _count;

    /// <summary>Takes the state of the next token.</summary>
    public void Add(ReadOnlySpan<float> hidden)
    {
        if (pooling == EmbeddingPooling.Last)
        {
            _count = 0;
            Array.Clear(_sums);
        }

        for (var i = 0; i < hidden.Length; i++)
        {
            _sums[i] += hidden[i];
        }

        _count++;
    }

    /// <summary>The vector.</summary>
    /// <param name="normalizes">Whether its length is 1.</param>
    public float[] Finish(bool normalizes)
    {
        var squares = 0.0;
        var divisor = (double)_count;
        for (var i = 0; normalizes && i < _sums.Length; i++)
        {
            squares += _sums[i] * _sums[i];
        }

        divisor = normalizes && squares > 0 ? Math.Sqrt(squares) : divisor;
        return [.. _sums.Select(sum => (float)(sum / divisor))];
    }
}
