using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>A filter, a test, a method or a function that every template has.</summary>
internal sealed class Builtin
{
    private readonly Func<Rendering, Value, Value?[], Value>? _fixed;
    private readonly Func<Rendering, Value, Arguments, Value>? _open;
    private readonly string[] _parameters = [];
    private readonly Value?[] _none = [];
    private readonly int _required;

    private Builtin(string name, Func<Rendering, Value, Arguments, Value> body)
    {
        Name = name;
        _open = body;
    }

    /// <summary>One with parameters.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="body">
    /// What it does: from the value it is applied to, and the arguments in the parameters' order, null where one is missing.
    /// </param>
    /// <param name="parameters">Their names; those that may be missing, with a question mark, come last.</param>
    public Builtin(string name, Func<Rendering, Value, Value?[], Value> body, params string[] parameters)
    {
        Name = name;
        _fixed = body;
        _parameters = Array.ConvertAll(parameters, parameter => parameter.TrimEnd('?'));
        _required = parameters.Count(parameter => !parameter.EndsWith('?'));
        _none = new Value?[parameters.Length];
    }

    public string Name { get; }

    /// <summary>One that takes whatever it is called with.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="body">What it does: from the value it is applied to, and the arguments.</param>
    public static Builtin Open(string name, Func<Rendering, Value, Arguments, Value> body) => new(name, body);

    public Value Invoke(Rendering run, Value self, Arguments arguments) =>
        _open is not null ? _open(run, self, arguments) : _fixed!(run, self, Bind(arguments));

    private Value?[] Bind(Arguments arguments)
    {
        var (positional, named) = arguments;
        if (positional.Length > _parameters.Length)
        {
            throw new TemplateException($"'{Name}' takes {_parameters.Length} arguments at most and is passed {positional.Length}");
        }

        if (positional.Length == 0 && named.Length == 0 && _required == 0)
        {
            return _none;
        }

        var bound = new Value?[_parameters.Length];
        positional.CopyTo(bound, 0);
        foreach (var (name, value) in named)
        {
            var place = Array.IndexOf(_parameters, name);
            if (place < positional.Length)
            {
                throw new TemplateException(place < 0
                    ? $"'{Name}' has no argument {Quoted.Name(name)}"
                    : $"'{Name}' gets its argument '{name}' twice");
            }

            bound[place] = value;
        }

        var missing = Array.FindIndex(bound, 0, _required, value => value is null);
        return missing < 0 ? bound : throw new TemplateException($"'{Name}' needs an argument '{_parameters[missing]}'");
    }
}
