using AiKernels.Runtime.Templates.Library;
using AiKernels.Runtime.Templates.Nodes;

namespace AiKernels.Runtime.Templates.Values;

/// <summary>A macro with the variables around its definition.</summary>
internal sealed class MacroValue(Macro macro, Scope scope) : CallableValue
{
    public string Name => macro.Name;

    public override string Kind => "a macro";

    public override Value Call(Rendering run, Arguments arguments) => macro.Call(scope, arguments);

    /// <summary>Calls it where its text is only written: it goes straight to the output.</summary>
    public void Write(Arguments arguments) => macro.Write(scope, arguments);

    public override Value? Attribute(Rendering run, string name) => name switch
    {
        "name" => new StringValue(Name),
        "arguments" => Parameters(run),
        _ => throw new TemplateException($"the macro {Quoted.Name(Name)} has no {Quoted.Name(name)}"),
    };

    private TupleValue Parameters(Rendering run)
    {
        run.Step(macro.Parameters.Length);
        return new TupleValue(Array.ConvertAll(macro.Parameters, parameter => new StringValue(parameter.Name)));
    }
}
