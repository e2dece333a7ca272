using AiKernels.Runtime.Templates.Library;

namespace AiKernels.Runtime.Templates.Values;

/// <summary>What can be called.</summary>
internal abstract class CallableValue : Value
{
    public abstract Value Call(Rendering run, Arguments arguments);
}

/// <summary>A function, or a method with the value that it belongs to.</summary>
/// <param name="function">What it does.</param>
/// <param name="self">The value that it belongs to.</param>
internal sealed class FunctionValue(Builtin function, Value self) : CallableValue
{
    public string Name => function.Name;

    public override string Kind => "a function";

    public override Value Call(Rendering run, Arguments arguments) => function.Invoke(run, self, arguments);

    public override Value? Attribute(Rendering run, string name) =>
        throw new TemplateException($"the function {Quoted.Name(Name)} has no attributes in a template");
}
