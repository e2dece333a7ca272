using System.Runtime.InteropServices;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Matching;

/// <summary>
/// Follows texts through expressions that call rules: a rule that is entered leaves what follows it on a stack. Where a
/// grammar leaves open which way a text went, there are several stacks. Not thread-safe.
/// </summary>
internal sealed class PushdownAutomaton
{
    // What texts of a usual length visit is some hundred; beyond this, equal ones are made anew.
    private const int MostRemembered = 1 << 14;

    private readonly Dictionary<(int Top, int Below), StackNode> _nodes = [];
    private readonly Dictionary<ConfigurationKey, Configuration> _configurations = [];
    private readonly Dictionary<Expression, Configuration> _starts = [];
    private readonly List<StackNode> _stacks = [];
    private readonly HashSet<StackNode> _seen = [];
    private readonly Stack<StackNode> _pending = [];
    private int _ids;
    private bool _isComplete;

    /// <param name="work">Pays for what is looked at.</param>
    public PushdownAutomaton(WorkBudget work) => (Work, Dead) = (work, new Configuration(_ids++, [], isComplete: false));

    public WorkBudget Work { get; }

    /// <summary>Where no text of the grammar leads.</summary>
    public Configuration Dead { get; }

    /// <summary>Begins something that may take only so long, see <see cref="WorkBudget"/>.</summary>
    public void BeginWork(long amount = WorkBudget.OfChoice)
    {
        Work.Begin(amount);
        _pending.Clear(); // Where the last work was given up.
    }

    /// <summary>Before the first byte of an expression.</summary>
    public Configuration Start(Expression expression)
    {
        if (!_starts.TryGetValue(expression, out var start))
        {
            start = expression.IsNothing ? Dead : Close(Node(expression, null));
            _starts[expression] = start;
        }

        return start;
    }

    /// <summary>Before the first byte of a stack.</summary>
    public Configuration Start(StackNode stack) => stack.Below is null ? Start(stack.Top) : Close(stack);

    /// <summary>Where a byte leads; asked for often, the answer is kept.</summary>
    public Configuration After(Configuration from, byte value)
    {
        var next = from.Next ??= new Configuration?[256];
        return next[value] ??= Find(from, value);
    }

    /// <summary>Where a byte or token leads.</summary>
    /// <param name="from">Where the text stands.</param>
    /// <param name="symbol">The byte, or the token above those.</param>
    public Configuration Find(Configuration from, int symbol)
    {
        JsonItems? items = null;
        return Find(from, symbol, ref items);
    }

    /// <summary>Where a byte or token leads.</summary>
    /// <param name="from">Where the text stands.</param>
    /// <param name="symbol">The byte, or the token above those.</param>
    /// <param name="items">Where the text's JSON stands, before the byte and then behind it; null where no items have to differ.</param>
    public Configuration Find(Configuration from, int symbol, ref JsonItems? items)
    {
        if (items is not null && BeginsJson(from))
        {
            items = items.Begin();
        }

        var isDuplicate = items is not null && symbol is ',' or ']' && items.IsDuplicate();
        var mustDiffer = false;
        foreach (var stack in from.Stacks)
        {
            mustDiffer |= stack.Top.EndsUniqueItem;
            if (isDuplicate && stack.Top.EndsUniqueItem)
            {
                continue;
            }

            var rest = stack.Top.AfterSymbol(symbol);
            if (!rest.IsNothing)
            {
                _pending.Push(Node(rest, stack.Below));
            }
        }

        items = symbol < Expression.FirstToken ? items?.Read((byte)symbol, mustDiffer) : items;
        return Close(items?.IsClosedDuplicate() == true);
    }

    /// <summary>Where a text stands that may stand in either of two places.</summary>
    public Configuration Either(Configuration one, Configuration other)
    {
        if (one.IsDead || other.IsDead)
        {
            return one.IsDead ? other : one;
        }

        _stacks.Clear();
        _stacks.AddRange(new HashSet<StackNode>([.. one.Stacks, .. other.Stacks]));
        _isComplete = one.IsComplete || other.IsComplete;
        return Intern();
    }

    private static bool BeginsJson(Configuration configuration)
    {
        foreach (var stack in configuration.Stacks)
        {
            if (stack.Top.BeginsJson)
            {
                return true;
            }
        }

        return false;
    }

    private Configuration Close(StackNode stack)
    {
        _pending.Push(stack);
        return Close();
    }

    /// <summary>Enters the rules that may come next, and leaves those that may end here.</summary>
    private Configuration Close(bool isDuplicate = false)
    {
        _stacks.Clear();
        _seen.Clear();
        _isComplete = false;
        while (_pending.TryPop(out var stack))
        {
            Work.Spend(WorkBudget.OfStack);
            if (!_seen.Add(stack))
            {
                continue;
            }

            var (top, below) = (stack.Top, stack.Below);
            if (isDuplicate && top.EndsUniqueItem)
            {
                continue;
            }

            if (!top.FirstBytes.IsEmpty || top.HasFirstTokens)
            {
                _stacks.Add(stack);
            }

            foreach (var call in top.HeadCalls)
            {
                // What is entered last needs nobody to come back to.
                _pending.Push(Node(call.Rule.Body, call.Rest is EmptyText ? below : Node(call.Rest, below)));
            }

            if (top.IsNullable)
            {
                Leave(below);
            }
        }

        return Intern();
    }

    private void Leave(StackNode? below)
    {
        if (below is null)
        {
            _isComplete = true;
        }
        else
        {
            _pending.Push(below);
        }
    }

    private StackNode Node(Expression top, StackNode? below)
    {
        if (_nodes.Count >= MostRemembered)
        {
            _nodes.Clear();
        }

        ref var node = ref CollectionsMarshal.GetValueRefOrAddDefault(_nodes, (top.Id, below?.Id ?? -1), out _);
        return node ??= new StackNode(_ids++, top, below);
    }

    private Configuration Intern()
    {
        if (_stacks.Count == 0 && !_isComplete)
        {
            return Dead;
        }

        _stacks.Sort((a, b) => a.Id.CompareTo(b.Id));
        if (_configurations.Count >= MostRemembered)
        {
            _configurations.Clear();
            _starts.Clear(); // What they lead to is remembered in them.
        }

        var key = new ConfigurationKey([.. _stacks], _isComplete);
        ref var configuration = ref CollectionsMarshal.GetValueRefOrAddDefault(_configurations, key, out _);
        return configuration ??= new Configuration(_ids++, key.Stacks, _isComplete);
    }

    private readonly struct ConfigurationKey(StackNode[] stacks, bool isComplete) : IEquatable<ConfigurationKey>
    {
        public StackNode[] Stacks => stacks;

        private bool IsComplete => isComplete;

        public bool Equals(ConfigurationKey other) =>
            isComplete == other.IsComplete && stacks.AsSpan().SequenceEqual(other.Stacks);

        public override bool Equals(object? obj) => obj is ConfigurationKey other && Equals(other);

        public override int GetHashCode()
        {
            var hash = isComplete ? 1 : 0;
            foreach (var stack in stacks)
            {
                hash = unchecked((hash * 31) + stack.Id);
            }

            return hash;
        }
    }
}
