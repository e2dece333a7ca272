namespace AiKernels.Runtime.Grammars.Gbnf;

/// <summary>What follows from how rules refer to each other: which may be empty, which come to an end, which begin with themselves.</summary>
internal sealed class RuleFacts
{
    private readonly IReadOnlyDictionary<string, SyntaxNode> _rules;
    private readonly ILookup<string, string> _callers;

    public RuleFacts(IReadOnlyDictionary<string, SyntaxNode> rules)
    {
        _rules = rules;
        _callers = rules.SelectMany(rule => Called(rule.Value).Distinct().Select(called => (Called: called, Caller: rule.Key)))
            .ToLookup(call => call.Called, call => call.Caller);
        Nullable = Fixpoint(IsNullable);
        Productive = Fixpoint(IsProductive);
    }

    /// <summary>The rules that the empty text belongs to.</summary>
    public IReadOnlySet<string> Nullable { get; }

    /// <summary>The rules to which some text belongs: others never come to an end.</summary>
    public IReadOnlySet<string> Productive { get; }

    /// <summary>A rule that may begin with itself, if there is one: no byte would ever be taken.</summary>
    public string? LeftRecursive()
    {
        HashSet<string> finished = [], entered = [];
        Stack<(string Rule, bool Leaves)> pending = new(_rules.Keys.Select(rule => (rule, false)));
        while (pending.TryPop(out var step))
        {
            if (step.Leaves)
            {
                entered.Remove(step.Rule);
                finished.Add(step.Rule);
            }
            else if (entered.Contains(step.Rule))
            {
                return step.Rule;
            }
            else if (!finished.Contains(step.Rule))
            {
                entered.Add(step.Rule);
                pending.Push((step.Rule, true));
                foreach (var rule in Heads(_rules[step.Rule]).Except(finished))
                {
                    pending.Push((rule, false));
                }
            }
        }

        return null;
    }

    private HashSet<string> Fixpoint(Func<SyntaxNode, IReadOnlySet<string>, bool> holds)
    {
        HashSet<string> found = [];
        Queue<string> open = new(_rules.Keys);
        while (open.TryDequeue(out var name))
        {
            if (!found.Contains(name) && holds(_rules[name], found))
            {
                found.Add(name);
                foreach (var caller in _callers[name])
                {
                    open.Enqueue(caller); // What holds for it may depend on this.
                }
            }
        }

        return found;
    }

    private static IEnumerable<string> Called(SyntaxNode node) => node switch
    {
        SyntaxNode.Reference reference => [reference.Rule],
        SyntaxNode.Repeat repeat => Called(repeat.Item),
        SyntaxNode.Choice choice => choice.Items.SelectMany(Called),
        SyntaxNode.Sequence sequence => sequence.Items.SelectMany(Called),
        _ => [],
    };

    private static bool IsNullable(SyntaxNode node, IReadOnlySet<string> nullable) => node switch
    {
        SyntaxNode.Sequence sequence => sequence.Items.All(item => IsNullable(item, nullable)),
        SyntaxNode.Choice choice => choice.Items.Any(item => IsNullable(item, nullable)),
        SyntaxNode.Repeat repeat => repeat.Minimum == 0 || IsNullable(repeat.Item, nullable),
        SyntaxNode.Reference reference => nullable.Contains(reference.Rule),
        _ => false,
    };

    private static bool IsProductive(SyntaxNode node, IReadOnlySet<string> productive) => node switch
    {
        SyntaxNode.OneOf one => !one.Set.IsEmpty,
        SyntaxNode.Sequence sequence => sequence.Items.All(item => IsProductive(item, productive)),
        SyntaxNode.Choice choice => choice.Items.Any(item => IsProductive(item, productive)),
        SyntaxNode.Repeat repeat => repeat.Minimum == 0 || IsProductive(repeat.Item, productive),
        SyntaxNode.Reference reference => productive.Contains(reference.Rule),
        _ => true,
    };

    /// <summary>The rules that a node may begin with.</summary>
    private IEnumerable<string> Heads(SyntaxNode node)
    {
        switch (node)
        {
            case SyntaxNode.Reference reference:
                return [reference.Rule];
            case SyntaxNode.Repeat repeat:
                return Heads(repeat.Item);
            case SyntaxNode.Choice choice:
                return choice.Items.SelectMany(Heads);
            case SyntaxNode.Sequence sequence:
                var empty = sequence.Items.TakeWhile(item => IsNullable(item, Nullable)).Count();
                return sequence.Items.Take(empty + 1).SelectMany(Heads);
            default:
                return [];
        }
    }
}
