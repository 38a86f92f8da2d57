using System.Text;

namespace Roost.Cli.Control;

/// <summary>Sends what a command prints, by lines. For one thread.</summary>
internal sealed class ControlWriter(Action<string> send) : TextWriter
{
    private const int KeptCharactersMax = 8_192;

    private readonly StringBuilder _kept = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        _kept.Append(value);
        if (value == '\n' && _kept.Length >= KeptCharactersMax) Flush();
    }

    public override void Write(string? value)
    {
        _kept.Append(value);
        if (_kept.Length >= KeptCharactersMax) Flush();
    }

    public override void Flush()
    {
        if (_kept.Length == 0) return;
        send(_kept.ToString());
        _kept.Clear();
    }

    public override Task FlushAsync()
    {
        Flush();
        return Task.CompletedTask;
    }
}
