using System.Diagnostics;
using System.Reflection;
using System.Text;
using System.Xml.Linq;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Sampling;
using AiKernels.Runtime.Templates;
using AiKernels.Runtime.Text;
using Xunit;

namespace AiKernels.Runtime.Tests;

/// <summary>The examples in the documentation of what hosts use are there, and compile.</summary>
public class ExampleTests
{
    // What examples may use without making it: fields, so that a local variable may have the same name.
    private const string Prelude = """
        using System; using System.Collections.Generic; using System.IO; using System.Linq; using System.Text.Json.Nodes; using System.Threading.Tasks;
        using AiKernels; using AiKernels.Cpu; using AiKernels.Runtime.Engine; using AiKernels.Runtime.Files; using AiKernels.Runtime.Grammars;
        using AiKernels.Runtime.Sampling; using AiKernels.Runtime.Templates; using AiKernels.Runtime.Text;
        class Examples
        {
            static readonly LanguageModel model = null!; static readonly InferenceEngine engine = null!;
            static readonly Tokenizer tokenizer = null!; static readonly Grammar grammar = null!;
            static readonly ChatTemplate template = null!; static readonly ChatTemplates templates = null!;
            static readonly JsonObject context = null!; static readonly JsonArray messages = null!;
            static readonly RenderedPrompt prompt = null!; static readonly TemplateException problem = null!;
            static readonly PromptEncoder encoder = null!; static readonly JsonObject call = null!, arguments = null!;
            static readonly float[] logits = []; static readonly int[] history = [];

        """;

    private static readonly string[] Namespaces =
        [typeof(Tokenizer).Namespace!, typeof(ChatTemplate).Namespace!, typeof(Grammar).Namespace!, typeof(Sampler).Namespace!];

    private static readonly XDocument Documentation = XDocument.Load(Path.ChangeExtension(typeof(LanguageModel).Assembly.Location, ".xml"));

    [Fact]
    public void Every_type_has_an_example()
    {
        var examples = Examples().Select(example => example.Member[2..].Split('(')[0]).ToArray();
        var types = typeof(LanguageModel).Assembly.GetExportedTypes()
            .Where(type => Namespaces.Contains(type.Namespace) && !type.IsEnum && !type.IsNested && !typeof(Delegate).IsAssignableFrom(type));
        Assert.All(types, type => Assert.Contains(examples, member =>
            member == type.FullName || member.StartsWith($"{type.FullName}.", StringComparison.Ordinal)));
    }

    [Fact]
    public void All_examples_compile()
    {
        using var folder = new TemporaryDirectory();
        var source = new StringBuilder(Prelude);
        foreach (var (member, code) in Examples().Where(example => Namespaces.Any(name => example.Member[2..].StartsWith($"{name}.", StringComparison.Ordinal))))
        {
            source.AppendLine($"// {member}").AppendLine($"static async Task E{source.Length}() {{ await Task.Yield();").AppendLine(code).AppendLine("}");
        }

        File.WriteAllText(folder["Examples.cs"], source.AppendLine("}").ToString());
        var (exitCode, output) = Compile(folder["Examples.cs"], folder["Examples.dll"]);
        Assert.True(exitCode == 0, output);
    }

    private static IEnumerable<(string Member, string Code)> Examples() =>
        from member in Documentation.Descendants("member")
        from example in member.Elements("example")
        from code in example.Elements("code")
        select (member.Attribute("name")!.Value, code.Value);

    private static (int ExitCode, string Output) Compile(string source, string target)
    {
        // .../shared/Microsoft.NETCore.App/10.0.x/ is beside .../sdk/10.0.y/.
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var root = Path.GetFullPath(Path.Combine(runtime, "../../.."));
        var compiler = Directory.Exists(Path.Combine(root, "sdk"))
            ? Directory.GetFiles(Path.Combine(root, "sdk"), "csc.dll", SearchOption.AllDirectories).Order().LastOrDefault()
            : null;
        Assert.SkipUnless(compiler is not null, "the SDK with its compiler is not beside the runtime");
        var references = Directory.GetFiles(runtime, "System.*.dll").Append(Path.Combine(runtime, "netstandard.dll")).Where(IsManaged)
            .Concat([typeof(IBackend).Assembly.Location, typeof(LanguageModel).Assembly.Location]);
        var start = new ProcessStartInfo(Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"))
        {
            RedirectStandardOutput = true,
        };
        foreach (var argument in (string[])["exec", compiler!, "-nologo", "-target:library", "-nullable:enable", "-langversion:latest", $"-out:{target}", source,
            .. references.Select(reference => $"-reference:{reference}")])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
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

    private sealed class TemporaryDirectory : IDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("aikernels-examples-").FullName;

        public string this[string name] => Path.Combine(_path, name);

        public void Dispose() => Directory.Delete(_path, recursive: true);
    }
}
