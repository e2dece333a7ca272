using AiKernels.Runtime.Templates.Library;

namespace AiKernels.Runtime.Templates.Values;

/// <summary>What <c>joiner()</c> makes: nothing when first called, then always the separator.</summary>
internal sealed class JoinerValue(Value separator) : CallableValue
{
    private bool _wasCalled;

    public override string Kind => "a joiner";

    public override Value Call(Rendering run, Arguments arguments)
    {
        var result = _wasCalled ? separator : StringValue.Empty;
        _wasCalled = true;
        return result;
    }
}
