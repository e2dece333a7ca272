using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Grammars.Masks;
using AiKernels.Runtime.Sampling;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// Chooses tokens that follow a grammar: as a sampler does for which all others are impossible. Only what a mask allows and the
/// grammar then refuses still counts where the sampler leaves less likely tokens out, before another is drawn.
/// </summary>
internal sealed class ConstrainedChoice
{
    // So many are sorted sooner than all others are looked at.
    private const int FewAllowed = 2048;

    // Among so many times as many of the largest logits as a choice depends on, enough are usually allowed.
    private const int Spare = 4, LeastCandidates = 64;

    // Masks are wrong for a few tokens at most, as a rule. An exception costs a look at all tokens, and no more.
    private const int MostRefused = 4;

    private readonly TokenConstraint _constraint;
    private readonly Sampler _sampler;
    private readonly int _choices;
    private readonly Queue<int> _forced = [];
    private readonly RankedValue[] _allowed;
    private readonly RankedValue[] _few = new RankedValue[FewAllowed];
    private float[]? _masked;

    public ConstrainedChoice(Grammar grammar, Tokenizer tokenizer, Sampler sampler, int choices)
    {
        (_sampler, _choices) = (sampler, Math.Min(choices, tokenizer.VocabularySize));
        _constraint = new TokenConstraint(grammar, tokenizer);
        Candidates = (int)Math.Min(Math.Max(sampler.Candidates * (long)Spare, LeastCandidates), choices);
        _allowed = new RankedValue[sampler.Candidates];
    }

    /// <summary>How many of the largest logits a choice depends on, usually.</summary>
    public int Candidates { get; }

    /// <summary>Whether the text is whole, and nothing can follow.</summary>
    public bool IsFinished => _constraint.IsFinished && _forced.Count == 0;

    /// <summary>The next token.</summary>
    /// <param name="largest">The <see cref="Candidates"/> largest logits, ranked.</param>
    /// <param name="history">The sequence so far.</param>
    /// <param name="readLogits">Gives all logits, where too few candidates are allowed.</param>
    /// <exception cref="InvalidOperationException">No token of the vocabulary can follow.</exception>
    public int Choose(ReadOnlySpan<RankedValue> largest, ReadOnlySpan<int> history, Func<ReadOnlySpan<float>> readLogits)
    {
        var mask = _constraint.Mask();
        for (var refused = 0u; ; refused++)
        {
            if (refused == MostRefused)
            {
                _constraint.Restrict(mask);
            }

            var count = mask.Count;
            var token = count switch
            {
                0 => throw new InvalidOperationException("no token of the vocabulary goes on with a text of the grammar"),
                1 => mask.First,
                _ => _sampler.Sample(Allowed(mask, count, largest, readLogits), history, refused),
            };
            // To whom all that is allowed is impossible, the first of it is as good as any.
            token = mask.Contains(token) ? token : mask.First;
            if (_constraint.TryAdd(token))
            {
                return token;
            }

            mask.Remove(token);
        }
    }

    /// <summary>A token that is certain to come next; null if there is none.</summary>
    public int? Forced()
    {
        if (_forced.Count == 0)
        {
            foreach (var token in _constraint.Forced())
            {
                _forced.Enqueue(token);
            }
        }

        return _forced.TryDequeue(out var next) && _constraint.TryAdd(next) ? next : null;
    }

    /// <summary>The largest logits of allowed tokens, as many as the choice depends on.</summary>
    private ReadOnlySpan<RankedValue> Allowed(TokenMask mask, int count, ReadOnlySpan<RankedValue> largest, Func<ReadOnlySpan<float>> readLogits)
    {
        var (wanted, found) = (Math.Min(count, _allowed.Length), 0);
        foreach (var candidate in largest)
        {
            if (found < wanted && candidate.Index < _choices && mask.Contains(candidate.Index))
            {
                _allowed[found++] = candidate;
            }
        }

        return found == wanted || largest.Length == _choices
            ? _allowed.AsSpan(0, found)
            : Rank(mask, count, readLogits()[.._choices]);
    }

    /// <summary>The largest of all allowed logits.</summary>
    private ReadOnlySpan<RankedValue> Rank(TokenMask mask, int count, ReadOnlySpan<float> logits)
    {
        if (count <= FewAllowed)
        {
            var found = mask.Gather(logits, _few);
            _few.AsSpan(0, found).Sort((a, b) => a.Key.CompareTo(b.Key));
            return _few.AsSpan(0, Math.Min(found, _allowed.Length));
        }

        _masked ??= new float[_choices];
        mask.Apply(logits, _masked);
        RankedValue.Largest(_masked, _allowed);
        return _allowed;
    }
}
