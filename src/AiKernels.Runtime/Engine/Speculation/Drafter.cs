namespace AiKernels.Runtime.Engine.Speculation;

/// <summary>A request's drafts, looked up in its own text, and how good they have been.</summary>
internal sealed class Drafter
{
    // How many tokens were the same before: two that follow three are a poorer guess than two that follow ten.
    private const int Degrees = 4, TokensPerDegree = 2;

    private readonly TokenLookup _lookup = new();
    private readonly Acceptance _acceptance = new(Degrees);
    private readonly int[] _drafts = new int[DraftPolicy.MaxDrafts];
    private int _degree;

    /// <summary>What may follow, as far as it is worth trying.</summary>
    /// <param name="tokens">All tokens so far.</param>
    /// <param name="most">The most drafts that there is use for.</param>
    /// <param name="policy">Says what is worth trying.</param>
    /// <param name="answers">Answers of the step.</param>
    public ReadOnlyMemory<int> Draft(ReadOnlySpan<int> tokens, int most, DraftPolicy policy, int answers)
    {
        var (count, common) = _lookup.Guess(tokens, _drafts);
        if (count == 0)
        {
            return default;
        }

        _degree = Math.Min((common - TokenLookup.Length) / TokensPerDegree, Degrees - 1);
        var worth = policy.Drafts(answers, _acceptance.Of(_degree));
        if (worth == 0)
        {
            _acceptance.LetPass(_degree);
        }

        return _drafts.AsMemory(0, Math.Min(Math.Min(worth, count), Math.Max(most, 0)));
    }

    /// <summary>What came of the last drafts.</summary>
    public void Learn(int drafts, int accepted)
    {
        if (drafts > 0)
        {
            _acceptance.Learn(_degree, drafts, accepted);
        }
    }
}
