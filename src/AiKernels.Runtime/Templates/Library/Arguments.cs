using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>What a call passes.</summary>
/// <param name="Positional">Values by place.</param>
/// <param name="Named">Values by name, each name once.</param>
internal sealed record Arguments(Value[] Positional, (string Name, Value Value)[] Named)
{
    public static Arguments None { get; } = new([], []);

    public static Arguments Of(params Value[] positional) => positional.Length == 0 ? None : new(positional, []);

    /// <summary>The same without the first values by place.</summary>
    public Arguments Skip(int count) => Of(Positional[count..]) with { Named = Named };

    /// <summary>A value by name, or null.</summary>
    public Value? Find(string name)
    {
        foreach (var (candidate, value) in Named)
        {
            if (candidate == name)
            {
                return value;
            }
        }

        return null;
    }
}
