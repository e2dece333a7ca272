using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Sampling;
using AiKernels.Runtime.Templates;
using AiKernels.Runtime.Text;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests;

/// <summary>The examples in the documentation of what hosts use are there, and compile.</summary>
public class ExampleTests
{
    private static readonly string[] Namespaces =
    [
        typeof(Tokenizer).Namespace!, typeof(ChatTemplate).Namespace!, typeof(Grammar).Namespace!, typeof(Sampler).Namespace!,
        typeof(ChatSyntax).Namespace!, typeof(LanguageModel).Namespace!,
    ];

    private static readonly DocumentedExamples Examples = new(typeof(LanguageModel).Assembly, Namespaces);

    [Fact]
    public void Every_type_has_an_example() => Examples.AssertEveryTypeHasOne();

    [Fact]
    public void All_examples_compile() => Examples.AssertAllCompile(
        [
            "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Text.Json.Nodes", "System.Threading.Tasks",
            "AiKernels", "AiKernels.Cpu", "AiKernels.Formats", "AiKernels.Runtime.Files", .. Namespaces,
        ],
        """
        static readonly IBackend backend = null!; static readonly LanguageModel model = null!; static readonly InferenceEngine engine = null!;
        static readonly Sequence sequence = null!; static readonly Conversation conversation = null!; static readonly Generation generation = null!;
        static readonly Tokenizer tokenizer = null!; static readonly Grammar grammar = null!;
        static readonly ChatTemplate template = null!; static readonly ChatTemplates templates = null!; static readonly PromptEncoder encoder = null!;
        static readonly JsonObject context = null!, call = null!, arguments = null!; static readonly JsonArray messages = null!;
        static readonly RenderedPrompt prompt = null!; static readonly TemplateException problem = null!;
        static readonly float[] logits = []; static readonly int[] history = [], tokens = [];
        static readonly ChatSyntax syntax = null!; static readonly ToolDefinition[] tools = []; static readonly string schema = "";
        static readonly AnswerReader reader = null!; static readonly AnswerPart part = null!; static readonly GeneratedToken token = default;
        """);
}
