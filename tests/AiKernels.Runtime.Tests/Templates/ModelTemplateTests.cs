using System.Text.Json.Nodes;
using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Templates;
using AiKernels.Runtime.Tests.Models;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Templates;

/// <summary>Templates that come with a model, from a GGUF file or a folder.</summary>
public sealed class ModelTemplateTests
{
    private const string Key = "tokenizer.chat_template";

    [Fact]
    public void A_model_renders_with_the_names_of_its_own_tokens()
    {
        using var file = Model(writer =>
        {
            writer.Add(Key, "{{ bos_token }}|{{ eos_token }}|{{ unk_token }}|{{ tools is none }}|{{ add_generation_prompt }}|{{ messages }}");
            writer.Add($"{Key}.tool_use", "tools!{{ tools|length }}");
            writer.Add($"{Key}.other", "other{{ bos_token }}");
            writer.Add($"{Key}s", "no template");
        });
        using var backend = new CpuBackend(1);
        using var model = LanguageModel.Load(file.Path, backend);

        Assert.Equal(["default", "tool_use", "other"], model.ChatTemplates.Names);
        Assert.Equal("<s>|</s>||True|False|[]", Render(model, """{"messages": []}"""));
        Assert.Equal("B|</s>||True|True|[1]", Render(model, """{"messages": [1], "bos_token": "B", "add_generation_prompt": true}"""));
        Assert.Equal("tools!2", Render(model, """{"tools": [1, 2]}"""));
        Assert.Equal("<s>|</s>||False|False|", Render(model, """{"tools": [1, 2]}""", "default"));
        Assert.Equal("other<s>", Render(model, "{}", "other"));
        Assert.Same(model.ChatTemplate, model.ChatTemplates.Named(ChatTemplates.DefaultName));
        Assert.StartsWith("<s><|start_header_id|>user", Render(model, """{"messages": [{"role": "user", "content": "a"}]}""", "llama3"), StringComparison.Ordinal);
        Assert.Contains("'default', 'tool_use', 'other'", Assert.Throws<ArgumentException>(() => Render(model, "{}", "missing")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_gives_the_same_templates_as_its_model()
    {
        using var file = Model(writer => writer.Add(Key, "{{ bos_token }}{{ eos_token }}{{ pad_token }}"));
        using var gguf = GgufFile.Open(file.Path);
        Assert.Equal("<s></s>", ChatTemplates.FromGguf(gguf).Render([]).Text);
    }

    [Fact]
    public void A_model_whose_template_is_none_loads_nevertheless()
    {
        using var file = Model(writer => writer.Add(Key, "{{ 1 +"));
        using var backend = new CpuBackend(1);
        using var model = LanguageModel.Load(file.Path, backend);
        for (var i = 0; i < 2; i++)
        {
            Assert.Contains(Key, Assert.Throws<TemplateException>(() => model.ChatTemplate).Message, StringComparison.Ordinal);
        }

        Assert.Throws<TemplateException>(() => model.ChatTemplates.Render([]));
    }

    [Fact]
    public void A_model_with_a_giant_template_loads_nevertheless()
    {
        using var file = Model(writer => writer.Add(Key, new string('a', 3 << 20)));
        using var backend = new CpuBackend(1);
        using var model = LanguageModel.Load(file.Path, backend);
        Assert.Contains("longer", Assert.Throws<TemplateException>(() => model.ChatTemplate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_without_templates_has_none()
    {
        using var file = Model(writer => writer.Add($"{Key}.x", 7));
        using var backend = new CpuBackend(1);
        using var model = LanguageModel.Load(file.Path, backend);
        Assert.Null(model.ChatTemplate);
        Assert.Empty(model.ChatTemplates.Names);
        Assert.Contains("the model brings no chat template; name one that is built in: ", Assert.Throws<ArgumentException>(() => model.ChatTemplates.Render([])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folders_own_files_go_before_its_configuration()
    {
        using var folder = new Folder();
        folder.Write("tokenizer_config.json", """
            {"bos_token": "<b>", "eos_token": {"content": "<e>", "lstrip": false}, "unk_token": null, "add_bos_token": true,
             "additional_special_tokens": ["<x>", {"content": "<y>"}], "chat_template": "from the configuration"}
            """);
        Assert.Equal("from the configuration", ChatTemplates.FromFolder(folder.Path).Render([]).Text);

        folder.Write("chat_template.jinja", "{{ bos_token }}{{ eos_token }}{{ unk_token is defined }}{{ additional_special_tokens }}{{ add_bos_token is defined }}");
        folder.Write("additional_chat_templates/rag.jinja", "rag");
        folder.Write("additional_chat_templates/tool_use.jinja", "tools");
        var templates = ChatTemplates.FromFolder(folder.Path);
        Assert.Equal(["default", "rag", "tool_use"], templates.Names);
        Assert.Equal("<b><e>False['<x>', '<y>']False", templates.Render([]).Text);
        Assert.Equal("rag", templates.Render([], "rag").Text);
        Assert.Equal("tools", templates.Render(new JsonObject { ["tools"] = new JsonArray() }).Text);
    }

    [Fact]
    public void A_configuration_may_name_several_templates()
    {
        using var folder = new Folder();
        folder.Write("tokenizer_config.json", """
            {"chat_template": [{"name": "default", "template": "d"}, {"name": "tool_use", "template": "t"}, {"name": 3}, 4]}
            """);
        var templates = ChatTemplates.FromFolder(folder.Path);
        Assert.Equal(["default", "tool_use"], templates.Names);
        Assert.Equal("t", templates.Render(new JsonObject { ["tools"] = new JsonArray() }).Text);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"a": 1, "a": 2}""")]
    public void A_damaged_configuration_is_refused(string json)
    {
        using var folder = new Folder();
        folder.Write("tokenizer_config.json", json);
        Assert.Contains("tokenizer_config.json", Assert.Throws<InvalidDataException>(() => ChatTemplates.FromFolder(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_empty_or_missing()
    {
        using var folder = new Folder();
        Assert.Empty(ChatTemplates.FromFolder(folder.Path).Names);
        Assert.Throws<DirectoryNotFoundException>(() => ChatTemplates.FromFolder(Path.Combine(folder.Path, "missing")));
    }

    private static TemporaryFile Model(Action<GgufWriter> describe) =>
        new RandomModel("llama", GgmlType.Q8_0, Seed: 1) { Layers = 1, Describe = describe }.Write();

    private static string Render(LanguageModel model, string context, string? name = null) =>
        model.ChatTemplates.Render(JsonNode.Parse(context)!.AsObject(), name).Text;

    /// <summary>A folder for the length of a test.</summary>
    private sealed class Folder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aikernels-test-");

        public string Path => _folder.FullName;

        public void Write(string name, string text)
        {
            var path = System.IO.Path.Combine(Path, name);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
