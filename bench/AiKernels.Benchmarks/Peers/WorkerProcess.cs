using System.Diagnostics;
using System.Globalization;
using AiKernels.Benchmarks.Engines;
using AiKernels.Runtime.Models;

namespace AiKernels.Benchmarks.Peers;

/// <summary>A <see cref="Worker"/>, seen from the process that started it.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;
    private readonly CancellationTokenRegistration _registration;
    private readonly CancellationToken _cancellation;

    /// <summary>Starts one and waits until its model is loaded.</summary>
    /// <param name="arguments">The worker's own arguments.</param>
    /// <param name="settings">Environment variables of the process, beside ours.</param>
    /// <param name="cancellation">Ends the process.</param>
    /// <exception cref="InvalidOperationException">It can't do its work; the message says why.</exception>
    public WorkerProcess(
        IReadOnlyList<string> arguments, IReadOnlyList<KeyValuePair<string, string>> settings, CancellationToken cancellation)
    {
        var start = OwnProgram.With([Worker.Command, .. arguments]);
        (start.RedirectStandardInput, start.RedirectStandardOutput) = (true, true);
        foreach (var (setting, value) in settings)
        {
            start.Environment[setting] = value;
        }

        _cancellation = cancellation;
        _process = Process.Start(start)!;
        _registration = cancellation.Register(_process.Kill);
        try
        {
            var words = Answer(Worker.Ready);
            long Number(int index) => long.Parse(words[index], CultureInfo.InvariantCulture);
            Description = words[1];
            Work = new DecoderWork(Number(2), Number(3), Number(4), double.Parse(words[5], CultureInfo.InvariantCulture));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What computes there.</summary>
    public string Description { get; }

    /// <summary>What steps read and multiply; nothing for the peer.</summary>
    public DecoderWork Work { get; }

    /// <summary>Times a scenario: tokens per second, of all sequences together.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The process was ended.</exception>
    public double Measure(Scenario scenario, int positions)
    {
        try
        {
            _process.StandardInput.WriteLine(Worker.Request(scenario, positions));
        }
        catch (IOException)
        {
            // It ended while it had nothing to do; what it may have said of that is still to be read.
        }

        return scenario.Tokens * scenario.Sequences / double.Parse(Answer(Worker.Seconds)[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until the process has ended by itself, as after a failure.</summary>
    internal void WaitForEnd() => _process.WaitForExit();

    public void Dispose()
    {
        _registration.Dispose();
        try
        {
            _process.StandardInput.Close(); // Which ends it.
        }
        catch (IOException)
        {
            // It has ended, with a request unread.
        }

        _process.WaitForExit();
        _process.Dispose();
    }

    private string[] Answer(string kind)
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            var words = line.Split(Worker.Separator);
            if (words[0] == kind)
            {
                return words;
            }

            if (words[0] == Worker.Failed)
            {
                throw new InvalidOperationException(words[1]);
            }

            // Anything else is what a native library felt like saying.
        }

        _cancellation.ThrowIfCancellationRequested();
        throw new InvalidOperationException("the process ended without an answer");
    }
}
