namespace AiKernels.Benchmarks.Engines;

/// <summary>
/// A model in an engine, with some sequences that are all equally long: what is timed, ours or another's, in the same steps.
/// </summary>
internal abstract class Engine : IDisposable
{
    /// <summary>The most tokens of a step, unless it is said otherwise.</summary>
    public const int Chunk = 512;

    // A walk over the vocabulary, so that rows of the embedding table are not all the same.
    private const long Stride = 7919;

    private (int Positions, int Sequences) _room;
    private int _length;

    /// <summary>What computes, for people.</summary>
    public abstract string Description { get; }

    /// <summary>The most tokens of a prompt's step; an engine takes no more than it was made for.</summary>
    public int StepLength { get; set; } = Chunk;

    /// <summary>The tokens.</summary>
    protected abstract int VocabularySize { get; }

    /// <summary>Makes room where there isn't, and brings all sequences to a length: by forgetting, or by prefilling.</summary>
    /// <param name="positions">The most tokens that a sequence will have.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="depth">Tokens that each then has.</param>
    public void Prepare(int positions, int sequences, int depth)
    {
        if (sequences != _room.Sequences || positions > _room.Positions)
        {
            Reserve(positions, sequences);
            _room = (positions, sequences);
            _length = 0;
        }

        if (_length > depth)
        {
            Truncate(depth);
            _length = depth;
        }

        Prefill(depth - _length);
    }

    /// <summary>Appends a prompt to each sequence and computes its last token's logits.</summary>
    public void Prefill(int tokens)
    {
        for (var end = _length + tokens; _length < end;)
        {
            var count = Math.Min(StepLength, end - _length);
            Append(_length, count, wantsLogits: _length + count == end);
            _length += count;
        }
    }

    /// <summary>Appends tokens one by one, to all sequences together, and computes the logits of each.</summary>
    public void Decode(int tokens)
    {
        for (var end = _length + tokens; _length < end; _length++)
        {
            Step(_length);
        }
    }

    /// <summary>
    /// Runs tokens through the layers and forgets them again. There are no logits to wait for, so that an engine that
    /// enqueues does nothing else.
    /// </summary>
    public void Enqueue(int tokens) => Append(_length, tokens, wantsLogits: false);

    public abstract void Dispose();

    /// <summary>Replaces all memory of sequences; they are empty then.</summary>
    protected abstract void Reserve(int positions, int sequences);

    /// <summary>Forgets what stands at a position and after it.</summary>
    protected abstract void Truncate(int position);

    /// <summary>Appends tokens to one sequence after the other.</summary>
    protected abstract void Append(int position, int count, bool wantsLogits);

    /// <summary>Appends a token to every sequence, in one step.</summary>
    protected abstract void Step(int position);

    /// <summary>The token at a position; which one it is changes no speed.</summary>
    protected int Token(int sequence, int position) => (int)((((position + 1L) * Stride) + sequence) % VocabularySize);
}
