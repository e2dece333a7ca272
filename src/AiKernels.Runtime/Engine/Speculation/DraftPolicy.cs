namespace AiKernels.Runtime.Engine.Speculation;

/// <summary>
/// How many drafts a step should try: as long as the next one's probability is worth more than the time that it takes. And
/// none, while drafts have lost more time than they may. Learned from the steps so far.
/// </summary>
/// <remarks>
/// A step of A answers takes T and makes A tokens; so a token is worth T / A. A draft more takes a time c, and gives a token with
/// the probability that it and all before it are right.
/// </remarks>
/// <param name="always">Whether as many drafts as possible are tried whatever that costs, as tests want it.</param>
internal sealed class DraftPolicy(bool always)
{
    /// <summary>The most drafts of a sequence.</summary>
    public const int MaxDrafts = 15;

    // Before it is known: a weight that is read anyway is multiplied with one row more.
    private const double GuessedCost = 0.06;

    // Of the time of all steps: what drafts may lose, so that a text they don't fit costs no more.
    private const double MayLose = 0.015;

    // Steps whose time earlier gains may pay for.
    private const double MostCredit = 4;

    // One step in so many goes without drafts, or nobody would know any more how long such a step takes.
    private const int PlainStep = 64;

    private const double Weight = 0.2;

    private (double Plain, double Draft)[] _times = []; // Of a step without drafts and of a draft, by the number of answers.
    private double _balance, _spent;
    private int _steps;

    /// <summary>Whether the next step should have drafts at all.</summary>
    /// <param name="answers">Answers that get their next token in it.</param>
    public bool IsWorthTrying(int answers) =>
        always || (answers < _times.Length && _times[answers].Plain > 0 && _balance > 0 && _steps % PlainStep != 0);

    /// <summary>How many drafts are worth it.</summary>
    /// <param name="answers">Answers of the step.</param>
    /// <param name="acceptance">How often a request's drafts have been right.</param>
    /// <param name="degree">The evidence for these.</param>
    public int Drafts(int answers, Acceptance acceptance, int degree)
    {
        var drafts = always ? MaxDrafts : Drafts(answers, acceptance.Of(degree));
        if (drafts == 0)
        {
            acceptance.LetPass(degree);
        }

        return drafts;
    }

    /// <summary>Time went into drafts of which a step's own time knows nothing.</summary>
    public void Spend(TimeSpan time)
    {
        _balance -= time.TotalSeconds;
        _spent += time.TotalSeconds;
    }

    /// <summary>A step had other things to do.</summary>
    public void LetPass() => _spent = 0;

    /// <summary>A step of nothing but answers took so long.</summary>
    /// <param name="answers">Answers that got their next token.</param>
    /// <param name="drafts">Drafts of all of them.</param>
    /// <param name="accepted">Those that were right.</param>
    /// <param name="time">The step's time, with that of making the drafts.</param>
    public void Learn(int answers, int drafts, int accepted, TimeSpan time)
    {
        var seconds = time.TotalSeconds - _spent;
        _spent = 0;
        _steps++;
        if (answers >= _times.Length)
        {
            Array.Resize(ref _times, answers + 1);
        }

        ref var times = ref _times[answers];
        if (drafts == 0)
        {
            Approach(ref times.Plain, seconds);
            _balance += MayLose * seconds;
        }
        else
        {
            Approach(ref times.Draft, Math.Max(seconds - times.Plain, 0) / drafts);
            _balance += (times.Plain * (answers + accepted) / answers) - seconds;
        }

        _balance = Math.Min(_balance, MostCredit * times.Plain);
    }

    private int Drafts(int answers, double probability)
    {
        var (plain, draft) = _times[answers];
        var worth = plain / answers;
        var cost = draft > 0 ? draft : GuessedCost * worth;
        var (drafts, all) = (0, probability);
        for (; drafts < MaxDrafts && all * worth > cost; drafts++)
        {
            all *= probability;
        }

        return drafts;
    }

    private static void Approach(ref double value, double measured) => value = value == 0 ? measured : value + (Weight * (measured - value));
}
