namespace AiKernels.Runtime.Templates.Syntax;

/// <summary>Which variables a part of a template sets, and at which places of its <see cref="Scope"/> they stand.</summary>
internal sealed class ScopeLayout(ScopeLayout? parent)
{
    private readonly Dictionary<string, int> _places = [];
    private readonly HashSet<string> _read = [];

    public ScopeLayout? Parent { get; } = parent;

    /// <summary>How many there are. It is final when the whole template is parsed.</summary>
    public int Count => _places.Count;

    /// <summary>The names, by place.</summary>
    public IEnumerable<string> Names => _places.OrderBy(place => place.Value).Select(place => place.Key);

    /// <summary>The place of a variable that is set here.</summary>
    public int Declare(string name)
    {
        if (!_places.TryGetValue(name, out var place))
        {
            _places[name] = place = _places.Count;
        }

        return place;
    }

    /// <summary>The place of a variable, if it is set here.</summary>
    public int? Find(string name) => _places.TryGetValue(name, out var place) ? place : null;

    /// <summary>Notes that a variable is read here or further in; the nearest part that sets it is the one it is read of.</summary>
    public void NoteRead(string name)
    {
        var layout = this;
        while (layout is not null && layout.Find(name) is null)
        {
            layout = layout.Parent;
        }

        layout?._read.Add(name);
    }

    /// <summary>Whether a variable that is set here is read.</summary>
    public bool IsRead(string name) => _read.Contains(name);
}
