using System.Diagnostics;
using System.Reflection;
using System.Text;
using Xunit;

namespace AiKernels.Tests.Shared;

/// <summary>Compiles examples as they stand, each as a method of its own, by the compiler of the SDK that runs the tests.</summary>
public static class ExampleCompiler
{
    /// <summary>Fails where one doesn't compile, with the compiler's own words. Skips where no compiler is.</summary>
    /// <param name="usings">Namespaces that examples need not name.</param>
    /// <param name="fields">What examples may use without making it: as fields, so that a local variable may have the same name.</param>
    /// <param name="examples">Statements, and what they are called.</param>
    /// <param name="libraries">What they refer to, beside the runtime. What these refer to and lies beside them is found.</param>
    public static void AssertCompile(
        IEnumerable<string> usings, string fields, IEnumerable<(string Name, string Code)> examples, IEnumerable<Assembly> libraries)
    {
        var folder = Directory.CreateTempSubdirectory("aikernels-examples-").FullName;
        try
        {
            var source = Path.Combine(folder, "Examples.cs");
            File.WriteAllText(source, Source(usings, fields, examples));
            var (exitCode, output) = Compile(source, Path.Combine(folder, "Examples.dll"), libraries);
            Assert.True(exitCode == 0, output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Source(IEnumerable<string> usings, string fields, IEnumerable<(string Name, string Code)> examples)
    {
        var source = new StringBuilder();
        foreach (var name in usings)
        {
            source.AppendLine($"using {name};");
        }

        source.AppendLine("class Examples {").AppendLine(fields);
        foreach (var (index, (name, code)) in examples.Index())
        {
            source.AppendLine($"static async Task E{index}() {{ await Task.Yield();").AppendLine($"#line 1 \"{name}\"").AppendLine(code).AppendLine("}");
        }

        return source.AppendLine("}").ToString();
    }

    private static (int ExitCode, string Output) Compile(string source, string target, IEnumerable<Assembly> libraries)
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
            .. References(runtime, libraries).Select(reference => $"-reference:{reference}")])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static IEnumerable<string> References(string runtime, IEnumerable<Assembly> libraries)
    {
        var needed = libraries.SelectMany(library => library.GetReferencedAssemblies()
            .Select(name => Path.Combine(Path.GetDirectoryName(library.Location)!, $"{name.Name}.dll")).Where(File.Exists).Append(library.Location));
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
