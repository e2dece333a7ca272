using System.Diagnostics;
using System.Text;

namespace AiKernels.Cli.Terminal;

/// <summary>
/// A line that tells how work goes on, on standard error and only where that is a terminal. Where the result streams to
/// a terminal too, the line stands below the result's last line.
/// </summary>
internal sealed class StatusLine : IDisposable
{
    private const string Escape = "\u001b";
    private const string EraseLine = $"\r{Escape}[K", EraseBelow = $"{Escape}[J";

    // One line down and up again, which scrolls at the bottom of the screen so that there is a line below.
    private const string MakeLineBelow = $"{Escape}D{Escape}M";
    private const string SaveCursor = $"{Escape}7", RestoreCursor = $"{Escape}8";

    // At the right margin terminals put off the line break, and restoring the cursor would lose it.
    private const int Margin = 3;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly bool _isLive = !Console.IsErrorRedirected && ObeysEscapes;
    private readonly bool _isShared = !Console.IsOutputRedirected;
    private readonly int _width = Width();
    private long _lastChange;
    private string _text = "";
    private int _column;
    private bool _isShown;

    private static bool ObeysEscapes => OperatingSystem.IsWindows()
        ? Environment.GetEnvironmentVariable("WT_SESSION") is not null
        : Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>Changes the line, at most ten times a second.</summary>
    public void Show(Func<string> text)
    {
        if (!_isLive)
        {
            return;
        }

        if (_text.Length == 0 || Stopwatch.GetElapsedTime(_lastChange) >= Interval)
        {
            _lastChange = Stopwatch.GetTimestamp();
            var line = text();
            _text = line[..Math.Min(line.Length, _width - 1)];
            Draw();
        }
        else if (!_isShown)
        {
            Draw();
        }
    }

    /// <summary>Writes a part of the result, which the line makes room for.</summary>
    public void Write(ResultWriter result, string text)
    {
        if (_isShared)
        {
            Hide();
            Follow(text);
        }

        result.Write(text);
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        Hide();
        _text = "";
    }

    private void Draw()
    {
        if (!_isShared || _column == 0)
        {
            Console.Error.Write(EraseLine + _text);
            _isShown = true;
        }
        else if (_column % _width is >= Margin and var column && column < _width - Margin)
        {
            Console.Error.Write($"{MakeLineBelow}{SaveCursor}\r\n{_text}{Escape}[K{RestoreCursor}");
            _isShown = true;
        }
    }

    private void Hide()
    {
        if (_isShown)
        {
            Console.Error.Write(_isShared && _column > 0 ? EraseBelow : EraseLine);
            _isShown = false;
        }
    }

    /// <summary>Keeps count of the cursor's column; wide characters, as of Chinese, take two.</summary>
    private void Follow(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            _column = rune.Value is '\n' or '\r' ? 0 : _column + (rune.Value >= 0x1100 ? 2 : 1);
        }
    }

    private static int Width()
    {
        try
        {
            return Math.Max(Console.WindowWidth, 20);
        }
        catch (IOException)
        {
            return 80;
        }
    }
}
