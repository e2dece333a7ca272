using System.Text.Json;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Cli.Tests;

public class AcceptsTests
{
    private const string Schema = """{"type":"object","properties":{"age":{"type":"integer","minimum":0}},"required":["age"]}""";

    [Theory]
    [InlineData("""{ "age": 7 }""", 0, "accepted")]
    [InlineData("""{ "age": -7 }""", 1, "not accepted: byte 9 begins '-7 }', which can't follow '{ \"age\": '")]
    [InlineData("""{ "age": 7""", 1, "not accepted: more has to follow '{ \"age\": 7'")]
    [InlineData("[7]", 1, "not accepted: nothing that fits begins with '[7]'")]
    [InlineData("", 1, "not accepted: more has to follow")]
    public void It_says_where_a_text_stops_following_a_schema(string text, int exitCode, string verdict)
    {
        using var schema = new TemporaryFile(System.Text.Encoding.UTF8.GetBytes(Schema));
        var run = CommandLineProcess.RunWithInput(text, "accepts", "--schema", schema.Path);
        Assert.Equal((exitCode, verdict), (run.ExitCode, run.Lines.Single()));
    }

    [Fact]
    public void Grammars_and_expressions_too()
    {
        using var grammar = new TemporaryFile("root ::= \"yes\" | \"no\""u8.ToArray());
        Assert.Equal("""{"accepted":true,"position":2,"reason":null}""", CommandLineProcess.RunWithInput("no", "accepts", "--gbnf", grammar.Path, "--json").Lines.Single());
    }

    [Theory]
    [InlineData("12x", 2)]
    [InlineData("x12", 0)]
    [InlineData("", 0)]
    public void Json_has_the_same_reason(string text, int position)
    {
        using var json = JsonDocument.Parse(CommandLineProcess.RunWithInput(text, "accepts", "--regex", @"\d+", "--json").Output);
        var verdict = json.RootElement;
        Assert.False(verdict.GetProperty("accepted").GetBoolean());
        Assert.Equal(position, verdict.GetProperty("position").GetInt32());
        Assert.Equal(
            CommandLineProcess.RunWithInput(text, "accepts", "--regex", @"\d+").Lines.Single(),
            $"not accepted: {verdict.GetProperty("reason").GetString()}");
    }

    [Theory]
    [InlineData(new[] { "accepts" }, "give one of --gbnf FILE, --schema FILE and --regex REGEX")]
    [InlineData(new[] { "accepts", "--regex", "(a", }, "expected ) (line 1, column 3)")]
    [InlineData(new[] { "accepts", "--schema", "/nowhere.json" }, "there is no file '/nowhere.json'")]
    [InlineData(new[] { "accepts", "--schema", "-" }, "the grammar has to be a file")]
    public void Bad_input_gets_one_sentence(string[] arguments, string problem)
    {
        var run = CommandLineProcess.RunWithInput("", arguments);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(problem, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
