using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Templates.Values;

/// <summary>Names of a template or its context, as messages show them.</summary>
internal static class Quoted
{
    public static string Name(string name) => Printable.Quote(name);
}
