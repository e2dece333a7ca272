using System.Globalization;
using System.Runtime.CompilerServices;
using AiKernels.Runtime.Templates.Library;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates;

/// <summary>A template being rendered: what it has written, where it is, and what it may still use up.</summary>
internal sealed class Rendering
{
    /// <summary>How many characters are read or written in a step.</summary>
    public const int CharactersPerStep = 8;

    // Such a value takes several times the memory of others.
    private const int StepsOfMapping = 8;

    private readonly TemplateOptions _options;
    private long _stepsLeft;
    private int _depth;

    public Rendering(TemplateOptions options)
    {
        _options = options;
        _stepsLeft = options.MaxSteps;
        Output = new PromptText(this);
        Keys = new KeyComparer(this);
    }

    /// <summary>Where in the source it is.</summary>
    public int At { get; set; }

    /// <summary>The prompt so far, and behind it what is being captured.</summary>
    public PromptText Output { get; }

    /// <summary>How many captures are under way.</summary>
    public int Captures { get; set; }

    /// <summary>What <c>generation</c> blocks have written.</summary>
    public List<GeneratedSpan> Generated { get; } = [];

    /// <summary>Compares keys of mappings, at the price of steps.</summary>
    public KeyComparer Keys { get; }

    /// <summary>The longest text.</summary>
    public int MaxOutput => _options.MaxOutput;

    /// <summary>The time, for <c>strftime_now</c>.</summary>
    public TimeProvider Clock => _options.Clock;

    /// <summary>Takes a step of a node at a place.</summary>
    public void StepAt(int at)
    {
        At = at;
        Step();
    }

    /// <summary>Takes steps.</summary>
    public void Step(long count = 1)
    {
        _stepsLeft -= count;
        if (_stepsLeft < 0)
        {
            throw new TemplateException(Limit("it takes more than", _options.MaxSteps, "steps"));
        }
    }

    /// <summary>Pays for characters that are read.</summary>
    public void Read(long characters) => Step(characters / CharactersPerStep);

    /// <summary>Makes what keeps values by name.</summary>
    public OrderedDictionary<TKey, Value> MakeMapping<TKey>(IEqualityComparer<TKey> keys, int capacity = 0)
        where TKey : notnull
    {
        Step(StepsOfMapping);
        return new(capacity, keys);
    }

    /// <summary>Pays for a text that is about to be made, and refuses one that is too long.</summary>
    public void Make(long characters)
    {
        if (characters > _options.MaxOutput)
        {
            throw new TemplateException(Limit("it makes a text of more than", _options.MaxOutput, "characters"));
        }

        Step(Math.Max(0, characters) / CharactersPerStep); // A negative width would give steps back.
    }

    /// <summary>Goes a level deeper: into a call, or into a list or mapping.</summary>
    /// <remarks>
    /// What lies between two levels, a template's own nesting, is bounded (<see cref="Nodes.Node"/>) and takes less stack than
    /// .NET keeps in reserve here.
    /// </remarks>
    public void Enter()
    {
        if (++_depth > _options.MaxDepth)
        {
            throw new TemplateException(Limit("calls or values are nested deeper than", _options.MaxDepth, "levels"));
        }

        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateException("calls or values are nested too deeply for the stack of this thread");
        }
    }

    /// <summary>Comes back from where <see cref="Enter"/> went.</summary>
    public void Leave() => _depth--;

    private static string Limit(string what, long limit, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{what} the {limit} {unit} that are allowed");
}
