using System.Text.Json.Nodes;
using AiKernels.Runtime.Templates;

namespace AiKernels.Runtime.Tests.Templates;

/// <summary>Short ways to render.</summary>
internal static class Templates
{
    /// <summary>Noon of the day on which others made their vectors.</summary>
    public static TimeProvider Clock { get; } = new StoppedClock(new DateTimeOffset(2025, 7, 10, 12, 0, 0, TimeSpan.Zero));

    /// <summary>What templates read of a vocabulary.</summary>
    public static JsonObject Variables() => new() { ["bos_token"] = "<s>", ["eos_token"] = "</s>" };

    public static string Render(string template, string context = "{}") => Render(template, JsonNode.Parse(context)!.AsObject());

    public static string Render(string template, JsonObject context) =>
        ChatTemplate.Parse(template).Render(context, new TemplateOptions { Clock = Clock }).Text;
}

/// <summary>A clock that stands still, in a zone without summer.</summary>
internal sealed class StoppedClock(DateTimeOffset now) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => now;
}
