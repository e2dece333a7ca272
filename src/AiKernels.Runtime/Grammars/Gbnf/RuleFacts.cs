namespace AiKernels.Runtime.Grammars.Gbnf;

/// <summary>What follows from how rules refer to each other: which may be empty, which come to an end, which begin with themselves.</summary>
internal sealed class RuleFacts
{
    private readonly IReadOnlyDictionary<string, GbnfNode> _rules;

    public RuleFacts(IReadOnlyDictionary<string, GbnfNode> rules)
    {
        _rules = rules;
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

    private HashSet<string> Fixpoint(Func<GbnfNode, IReadOnlySet<string>, bool> holds)
    {
        HashSet<string> found = [];
        int before;
        do
        {
            before = found.Count;
            foreach (var (name, node) in _rules)
            {
                if (!found.Contains(name) && holds(node, found))
                {
                    found.Add(name);
                }
            }
        }
        while (found.Count > before);
        return found;
    }

    private static bool IsNullable(GbnfNode node, IReadOnlySet<string> nullable) => node switch
    {
        GbnfNode.Sequence sequence => sequence.Items.All(item => IsNullable(item, nullable)),
        GbnfNode.Choice choice => choice.Items.Any(item => IsNullable(item, nullable)),
        GbnfNode.Repeat repeat => repeat.Minimum == 0 || IsNullable(repeat.Item, nullable),
        GbnfNode.Reference reference => nullable.Contains(reference.Rule),
        _ => false,
    };

    private static bool IsProductive(GbnfNode node, IReadOnlySet<string> productive) => node switch
    {
        GbnfNode.OneOf one => !one.Set.IsEmpty,
        GbnfNode.Sequence sequence => sequence.Items.All(item => IsProductive(item, productive)),
        GbnfNode.Choice choice => choice.Items.Any(item => IsProductive(item, productive)),
        GbnfNode.Repeat repeat => repeat.Minimum == 0 || IsProductive(repeat.Item, productive),
        GbnfNode.Reference reference => productive.Contains(reference.Rule),
        _ => true,
    };

    /// <summary>The rules that a node may begin with.</summary>
    private IEnumerable<string> Heads(GbnfNode node)
    {
        switch (node)
        {
            case GbnfNode.Reference reference:
                return [reference.Rule];
            case GbnfNode.Repeat repeat:
                return Heads(repeat.Item);
            case GbnfNode.Choice choice:
                return choice.Items.SelectMany(Heads);
            case GbnfNode.Sequence sequence:
                var empty = sequence.Items.TakeWhile(item => IsNullable(item, Nullable)).Count();
                return sequence.Items.Take(empty + 1).SelectMany(Heads);
            default:
                return [];
        }
    }
}
