using System.Reflection;
using System.Xml.Linq;
using Xunit;

namespace AiKernels.Tests.Shared;

/// <summary>The examples in a library's documentation, which are there for each public type and compile as they stand.</summary>
/// <param name="library">The library; its documentation lies beside it.</param>
/// <param name="namespaces">Those of its namespaces that examples are asked of.</param>
public sealed class DocumentedExamples(Assembly library, params string[] namespaces)
{
    private readonly (string Member, string Code)[] _examples =
    [
        .. from member in XDocument.Load(Path.ChangeExtension(library.Location, ".xml")).Descendants("member")
           let name = member.Attribute("name")!.Value
           where namespaces.Any(prefix => name[2..].StartsWith($"{prefix}.", StringComparison.Ordinal))
           from example in member.Elements("example")
           from code in example.Elements("code")
           select (name, code.Value),
    ];

    /// <summary>Fails where a type has none, of itself or of a member. Constants in an enumeration speak for themselves.</summary>
    public void AssertEveryTypeHasOne()
    {
        var members = _examples.Select(example => example.Member[2..].Split('(')[0]).ToArray();
        var types = library.GetExportedTypes()
            .Where(type => namespaces.Contains(type.Namespace) && !type.IsEnum && !type.IsNested && !typeof(Delegate).IsAssignableFrom(type));
        Assert.All(types, type => Assert.Contains(
            members, member => member == type.FullName || member.StartsWith($"{type.FullName}.", StringComparison.Ordinal)));
    }

    /// <summary>Fails where one doesn't compile, see <see cref="ExampleCompiler"/>.</summary>
    /// <param name="usings">Namespaces that examples need not name.</param>
    /// <param name="fields">What examples may use without making it.</param>
    /// <param name="others">What else they refer to, beside the library.</param>
    public void AssertAllCompile(string[] usings, string fields, params Assembly[] others) =>
        ExampleCompiler.AssertCompile(usings, fields, _examples, [library, .. others]);
}
