using System.Diagnostics;
using System.Reflection;
using System.Text;
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

    /// <summary>Fails where one doesn't compile, with the compiler's own words. Skips where no compiler is.</summary>
    /// <param name="usings">Namespaces that examples need not name.</param>
    /// <param name="fields">What examples may use without making it: as fields, so that a local variable may have the same name.</param>
    /// <param name="others">What else they refer to, beside the library and what it refers to.</param>
    public void AssertAllCompile(string[] usings, string fields, params Assembly[] others)
    {
        var folder = Directory.CreateTempSubdirectory("aikernels-examples-").FullName;
        try
        {
            var source = Path.Combine(folder, "Examples.cs");
            File.WriteAllText(source, Source(usings, fields));
            var (exitCode, output) = Compile(source, Path.Combine(folder, "Examples.dll"), others);
            Assert.True(exitCode == 0, output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string Source(string[] usings, string fields)
    {
        var source = new StringBuilder();
        foreach (var name in usings)
        {
            source.AppendLine($"using {name};");
        }

        source.AppendLine("class Examples {").AppendLine(fields);
        foreach (var (index, (member, code)) in _examples.Index())
        {
            source.AppendLine($"// {member}").AppendLine($"static async Task E{index}() {{ await Task.Yield();").AppendLine(code).AppendLine("}");
        }

        return source.AppendLine("}").ToString();
    }

    private (int ExitCode, string Output) Compile(string source, string target, Assembly[] others)
    {
        // .../shared/Microsoft.NETCore.App/10.0.x/ is beside .../sdk/10.0.y/.
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var root = Path.GetFullPath(Path.Combine(runtime, "../../.."));
        var compiler = Directory.Exists(Path.Combine(root, "sdk"))
            ? Directory.GetFiles(Path.Combine(root, "sdk"), "csc.dll", SearchOption.AllDirectories).Order().LastOrDefault()
            : null;
        Assert.SkipUnless(compiler is not null, "the SDK with its compiler is not beside the runtime");
        var start = new ProcessStartInfo(Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet")) { RedirectStandardOutput = true };
        foreach (var argument in (string[])["exec", compiler!, "-nologo", "-target:library", "-nullable:enable", "-langversion:latest", $"-out:{target}", source,
            .. References(runtime, others).Select(reference => $"-reference:{reference}")])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    /// <summary>The runtime's libraries, this one, and what it refers to and lies beside it.</summary>
    private IEnumerable<string> References(string runtime, Assembly[] others)
    {
        var folder = Path.GetDirectoryName(library.Location)!;
        var needed = library.GetReferencedAssemblies().Select(name => Path.Combine(folder, $"{name.Name}.dll")).Where(File.Exists)
            .Concat(others.Select(other => other.Location)).Append(library.Location);
        return Directory.GetFiles(runtime, "System.*.dll").Append(Path.Combine(runtime, "netstandard.dll")).Where(IsManaged)
            .Concat(needed).DistinctBy(Path.GetFileName);
    }

    private static bool IsManaged(string file)
    {
        try
        {
            _ = AssemblyName.GetAssemblyName(file);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }
}
