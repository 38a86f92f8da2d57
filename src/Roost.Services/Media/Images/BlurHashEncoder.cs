using SkiaSharp;

namespace Roost.Services.Media.Images;

/// <summary>
/// A picture's colours in a few characters, which clients paint until the picture is there: the lowest terms of its
/// two-dimensional cosine transform in linear light, quantised, in base 83.
/// Format: <see href="https://github.com/woltapp/blurhash/blob/master/Algorithm.md"/>.
/// </summary>
internal static class BlurHashEncoder
{
    private const int TermsX = 4;
    private const int TermsY = 3;
    private const string Digits =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

    /// <param name="picture">8 bits each of red, green, blue, alpha. Cost grows with its pixels: pass a small
    /// one.</param>
    public static string Of(SKBitmap picture)
    {
        var terms = new (double R, double G, double B)[TermsX * TermsY];
        var pixels = picture.Pixels;
        for (var y = 0; y < TermsY; y++)
        {
            for (var x = 0; x < TermsX; x++)
                terms[y * TermsX + x] = Term(pixels, picture.Width, picture.Height, x, y);
        }
        var largest = terms.Skip(1).Max(
            term => Math.Max(Math.Abs(term.R), Math.Max(Math.Abs(term.G), Math.Abs(term.B))));
        var quantised = Math.Clamp((int)Math.Floor(largest * 166 - 0.5), 0, 82);
        var scale = (quantised + 1) / 166.0;

        var hash = new char[4 + 2 * TermsX * TermsY];
        Write(hash.AsSpan(0, 1), TermsX - 1 + (TermsY - 1) * 9);
        Write(hash.AsSpan(1, 1), quantised);
        Write(hash.AsSpan(2, 4), AverageOf(terms[0]));
        for (var i = 1; i < terms.Length; i++) Write(hash.AsSpan(4 + 2 * i, 2), DetailOf(terms[i], scale));
        return new string(hash);
    }

    private static (double R, double G, double B) Term(SKColor[] pixels, int width, int height, int termX, int termY)
    {
        var (red, green, blue) = (0.0, 0.0, 0.0);
        for (var y = 0; y < height; y++)
        {
            var vertical = Math.Cos(Math.PI * termY * y / height);
            for (var x = 0; x < width; x++)
            {
                var basis = vertical * Math.Cos(Math.PI * termX * x / width);
                var pixel = pixels[y * width + x];
                red += basis * Linear(pixel.Red);
                green += basis * Linear(pixel.Green);
                blue += basis * Linear(pixel.Blue);
            }
        }
        var normal = (termX == 0 && termY == 0 ? 1.0 : 2.0) / (width * height);
        return (red * normal, green * normal, blue * normal);
    }

    private static int AverageOf((double R, double G, double B) term) =>
        (ToByte(term.R) << 16) | (ToByte(term.G) << 8) | ToByte(term.B);

    private static int DetailOf((double R, double G, double B) term, double scale) =>
        (Step(term.R / scale) * 19 + Step(term.G / scale)) * 19 + Step(term.B / scale);

    private static int Step(double value) =>
        Math.Clamp((int)Math.Floor(Math.CopySign(Math.Sqrt(Math.Abs(value)), value) * 9 + 9.5), 0, 18);

    // The sRGB transfer function, IEC 61966-2-1.
    private static double Linear(byte value)
    {
        var part = value / 255.0;
        return part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4);
    }

    private static int ToByte(double linear)
    {
        var part = Math.Clamp(linear, 0, 1);
        return (int)Math.Round((part <= 0.0031308 ? part * 12.92 : 1.055 * Math.Pow(part, 1 / 2.4) - 0.055) * 255);
    }

    private static void Write(Span<char> to, int value)
    {
        for (var i = to.Length - 1; i >= 0; i--)
        {
            to[i] = Digits[value % 83];
            value /= 83;
        }
    }
}
