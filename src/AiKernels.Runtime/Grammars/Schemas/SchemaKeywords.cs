namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>The keywords of JSON Schema by what they hold, and those that aren't supported.</summary>
/// <remarks>Source: JSON Schema draft 2020-12, and what drafts 4 to 2019-09 called differently.</remarks>
internal static class SchemaKeywords
{
    /// <summary>Keywords that hold a schema.</summary>
    public static readonly string[] One =
    [
        "items", "additionalItems", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else",
    ];

    /// <summary>Keywords that hold a list of schemas.</summary>
    public static readonly string[] Lists = ["allOf", "anyOf", "oneOf", "prefixItems", "items"];

    /// <summary>Keywords that hold schemas by name.</summary>
    public static readonly string[] Maps =
        ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];

    /// <summary>Keywords that restrict values in a way that isn't supported.</summary>
    public static readonly string[] Unsupported =
        ["unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef"];
}
