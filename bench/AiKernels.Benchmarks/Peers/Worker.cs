using System.Diagnostics;
using System.Globalization;
using AiKernels.Benchmarks.Engines;
using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Models.Architectures;

namespace AiKernels.Benchmarks.Peers;

/// <summary>
/// A process that holds a model in one engine and times what it is told to, line by line: the peer's processor variant
/// and our instruction sets are a process's for good, and a model stays loaded between measurements.
/// </summary>
/// <remarks>It answers <c>ready</c>, then for each request <c>seconds</c>; <c>failed</c> and a sentence instead where it can't.</remarks>
internal static class Worker
{
    public const string Command = "worker", Ours = "ours", Peer = "llama.cpp";
    public const string Ready = "ready", Seconds = "seconds", Failed = "failed";
    public const char Separator = '\t';

    /// <summary>Serves standard input until it ends.</summary>
    /// <param name="arguments">Ours, file, threads, type of keys and values; or the peer, file, threads, variant.</param>
    public static int Run(IReadOnlyList<string> arguments)
    {
        try
        {
            using var engine = Load(arguments, out var work);
            Answer(Ready, engine.Description, $"{work.WeightBytes}", $"{work.LayerMultiplyAdds}", $"{work.OutputMultiplyAdds}", Text(work.KeyValueBytes));
            while (Console.In.ReadLine() is { } request)
            {
                Answer(Seconds, Text(Measure(engine, request)));
            }

            return 0;
        }
        catch (Exception failure)
        {
            // Whatever it is, it is the parent's to tell, and this process's end.
            Answer(Failed, failure.Message.ReplaceLineEndings(" "));
            return 1;
        }
    }

    /// <summary>A request, as a line.</summary>
    /// <param name="scenario">What to time.</param>
    /// <param name="positions">Room that a sequence needs now or later.</param>
    public static string Request(Scenario scenario, int positions) => string.Join(
        Separator,
        [$"{scenario.Phase}", .. new[] { scenario.Tokens, scenario.Depth, scenario.Sequences, positions }.Select(number => Text(number))]);

    private static double Measure(Engine engine, string request)
    {
        var words = request.Split(Separator);
        int Number(int index) => int.Parse(words[index], CultureInfo.InvariantCulture);
        engine.Prepare(positions: Number(4), sequences: Number(3), depth: Number(2));
        var start = Stopwatch.GetTimestamp();
        if (Enum.Parse<Phase>(words[0]) == Phase.Prefill)
        {
            engine.Prefill(Number(1));
        }
        else
        {
            engine.Decode(Number(1));
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static Engine Load(IReadOnlyList<string> arguments, out DecoderWork work)
    {
        var (path, threads) = (arguments[1], int.Parse(arguments[2], CultureInfo.InvariantCulture));
        if (arguments[0] != Ours)
        {
            work = new DecoderWork(0, 0, 0, 0);
            return new LlamaCppEngine(path, arguments[3] == Pairing.Auto ? null : arguments[3], threads);
        }

        using var file = GgufFile.Open(path);
        var engine = new AiKernelsEngine(
            new CpuBackend(threads), Architecture.Read(file), new GgufTensorSource(file), Enum.Parse<GgmlType>(arguments[3]));
        work = engine.Work;
        return engine;
    }

    private static void Answer(params string[] words) => Console.Out.WriteLine(string.Join(Separator, words));

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
