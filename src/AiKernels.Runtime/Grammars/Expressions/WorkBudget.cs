namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>
/// How much may still be done until somebody has waited too long. It counts what is made and looked at and no time, so that the
/// same grammar is refused everywhere or nowhere.
/// </summary>
internal sealed class WorkBudget
{
    /// <summary>What a new expression counts for, in looks at a token.</summary>
    public const int OfExpression = 128;

    /// <summary>What a node of a search counts for, in looks at a token.</summary>
    public const int OfSearch = 32;

    /// <summary>What a stack of rules counts for, in looks at a token.</summary>
    public const int OfStack = 8;

    /// <summary>What the values of several schemas at once count for, in looks at a token.</summary>
    public const int OfConjunction = 2048;

    /// <summary>What finding out what may come next may count for: some tenths of a second, or a dozen looks at all tokens of a large vocabulary.</summary>
    public const long OfChoice = 1 << 22;

    /// <summary>What making expressions of a grammar may count for: a second or two.</summary>
    public const long OfCompiling = 1 << 25;

    private string _fault = TooMuch;

    private const string TooMuch = "the grammar leads to too much: it takes too long to read",
        TooOpen = "the grammar leaves too much open: what may come next takes too long to find out";

    /// <summary>How much is left.</summary>
    public long Left { get; private set; } = OfCompiling;

    /// <summary>Begins something that may take only so long: far longer than any grammar takes that isn't made to take long.</summary>
    public void Begin(long work)
    {
        Left = work;
        _fault = work > OfChoice ? TooMuch : TooOpen;
    }

    /// <summary>Notes work.</summary>
    /// <exception cref="GrammarException">It is too much.</exception>
    public void Spend(int work)
    {
        Left -= work;
        if (Left < 0)
        {
            throw new GrammarException(_fault);
        }
    }
}
