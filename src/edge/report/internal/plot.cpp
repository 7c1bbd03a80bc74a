#include "edge/report/internal/plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace noonmark::report {

namespace {

struct Box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
};

double overlap(const Box& a, const Box& b) {
  const double width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/// From values to places on the page.
struct Scale {
  Box frame;
  double low = 0.5;
  double high = 2;
  double x(double speed) const {
    const double clamped = std::clamp(speed, low, high);
    return frame.left + (frame.right - frame.left) * std::log(clamped / low) / std::log(high / low);
  }
  double y(double fidelity) const { return frame.bottom - (frame.bottom - frame.top) * std::clamp(fidelity, 0.0, 1.0); }
};

Markup line(const char* kind, double x1, double y1, double x2, double y2) {
  return lone_tag("line", {{"class", kind},
                           {"x1", coordinate(x1)},
                           {"y1", coordinate(y1)},
                           {"x2", coordinate(x2)},
                           {"y2", coordinate(y2)}});
}

Markup label(const char* kind, double x, double y, const char* anchor, const Markup& words) {
  return tag("text", {{"class", kind}, {"x", coordinate(x)}, {"y", coordinate(y)}, {"text-anchor", anchor}}, words);
}

/// The scale follows the entries that are in the running. Cheats are often hundreds of times faster; on a common scale
/// they would squeeze everything else, so they are pinned to the right border with an arrow and their figure.
Scale scale_for(const std::vector<PlotPoint>& points, const PlotFrame& frame) {
  Scale scale;
  scale.frame = frame.narrow ? Box{34, 44, 350, 386} : Box{52, 46, 744, 408};
  double low = 1;
  double high = 2;
  for (const PlotPoint& point : points) {
    low = std::min(low, point.speed.low);
    if (point.status != "unfaithful") high = std::max(high, point.speed.high);
  }
  scale.low = std::max(1.0 / 64, low / 1.25);
  scale.high = std::min(1000.0, high * (frame.narrow ? 2 : 1.7));
  return scale;
}

bool off_scale(const Scale& scale, const PlotPoint& point) { return point.speed.value > scale.high; }

Markup axes(const Scale& scale, const PlotFrame& frame) {
  const Box& box = scale.frame;
  Markup result;
  result += lone_tag("rect", {{"class", "slower"},
                              {"x", coordinate(box.left)},
                              {"y", coordinate(box.top)},
                              {"width", coordinate(scale.x(1) - box.left)},
                              {"height", coordinate(box.bottom - box.top)}});
  if (frame.mean_floor > 0) {
    const double floor = scale.y(frame.mean_floor);
    result += lone_tag("rect", {{"class", "below"},
                                {"x", coordinate(scale.x(1))},
                                {"y", coordinate(floor)},
                                {"width", coordinate(box.right - scale.x(1))},
                                {"height", coordinate(box.bottom - floor)}});
  }
  for (const double tick : {0.0, 0.2, 0.4, 0.6, 0.8, 1.0}) {
    result += line("grid", box.left, scale.y(tick), box.right, scale.y(tick));
    result += label("tick", box.left - 8, scale.y(tick) + 4, "end", text(fixed(tick, 1)));
  }
  for (const double tick : log_ticks(scale.low, scale.high)) {
    result += line("grid", scale.x(tick), box.top, scale.x(tick), box.bottom);
    std::string words = fixed(tick, tick < 1 ? 2 : 0);
    if (words.ends_with("0") && tick < 1) words.pop_back();
    result += label("tick", scale.x(tick), box.bottom + 18, "middle", text(words + "×"));
  }
  if (frame.mean_floor > 0) {
    result += line("floor", box.left, scale.y(frame.mean_floor), box.right, scale.y(frame.mean_floor));
    result += label("note", box.right - 4, scale.y(frame.mean_floor) + 14, "end",
                    text("floor " + fixed(frame.mean_floor, 2)));
  }
  result += line("unity", scale.x(1), box.top, scale.x(1), box.bottom);
  if (scale.x(1) - box.left > 70) result += label("note", scale.x(1) - 6, box.bottom - 8, "end", "slower"_html);
  result += label("axis", box.right, box.bottom + 36, "end", "speed-up →"_html);
  result +=
      label("axis", frame.narrow ? 4 : box.left, 14, "start", "↑ fidelity: mean, and down to the worst picture"_html);
  return result;
}

std::string told(const PlotPoint& point) {
  return point.name + ": " + times(point.speed.value) + " (" + times_range(point.speed.low, point.speed.high) +
         "), fidelity " + fixed(point.fidelity_mean, 3) + ", worst " + fixed(point.fidelity_minimum, 3);
}

Markup arrow(double x, double y) {
  return lone_tag("path",
                  {{"class", "dot"}, {"d", "M" + coordinate(x - 7) + " " + coordinate(y - 6) + "l11 6l-11 6z"}});
}

Markup mark(const Scale& scale, const PlotPoint& point) {
  const double x = scale.x(point.speed.value);
  const double y = scale.y(point.fidelity_mean);
  Markup shapes;
  if (off_scale(scale, point)) {
    shapes = arrow(x, y);
  } else {
    shapes = line("span", scale.x(point.speed.low), y, scale.x(point.speed.high), y);
    for (const double end : {point.speed.low, point.speed.high}) {
      shapes += line("span", scale.x(end), y - 5, scale.x(end), y + 5);
    }
    const double worst = scale.y(point.fidelity_minimum);
    if (worst - y > 1) {
      shapes += line("worst", x, y, x, worst);
      shapes += line("worst", x - 4, worst, x + 4, worst);
    }
    shapes += lone_tag("circle", {{"class", "dot"}, {"cx", coordinate(x)}, {"cy", coordinate(y)}, {"r", "5.5"}});
  }
  return tag("g", {{"class", "point " + point.status}}, shapes + tag("title", text(told(point))));
}

std::string shortened(const std::string& name, std::size_t letters) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if ((static_cast<unsigned char>(name[i]) & 0xc0) == 0x80) continue;
    if (seen++ == letters) return name.substr(0, i) + "…";
  }
  return name;
}

/// Chooses for each label the place with the least overlap with what is drawn already.
class Labels {
 public:
  Labels(const Scale& scale, bool narrow) : scale_(scale), narrow_(narrow) {}

  void keep_clear(const PlotPoint& point) {
    const double x = scale_.x(point.speed.value);
    const double y = scale_.y(point.fidelity_mean);
    taken_.push_back({x - 10, y - 10, x + 10, y + 10});
    taken_.push_back({scale_.x(point.speed.low), y - 4, scale_.x(point.speed.high), y + 4});
    taken_.push_back({x - 4, y, x + 4, scale_.y(point.fidelity_minimum)});
  }

  Markup place(const PlotPoint& point) {
    std::string words = shortened(point.name, narrow_ ? 14 : 24);
    if (point.rank > 0) words = narrow_ ? std::to_string(point.rank) : std::to_string(point.rank) + " " + words;
    if (off_scale(scale_, point)) words += " " + times(point.speed.value);
    const double width = 8.2 * static_cast<double>(std::min<std::size_t>(words.size(), 33));
    const double x = scale_.x(point.speed.value);
    const double y = scale_.y(point.fidelity_mean);
    struct Place {
      double x;
      double y;
      const char* anchor;
    };
    const std::array<Place, 10> places = {Place{x + 12, y - 9, "start"},  Place{x - 12, y - 9, "end"},
                                          Place{x + 12, y + 19, "start"}, Place{x - 12, y + 19, "end"},
                                          Place{x, y - 14, "middle"},     Place{x, y + 24, "middle"},
                                          Place{x + 12, y - 26, "start"}, Place{x - 12, y - 26, "end"},
                                          Place{x - 12, y - 43, "end"},   Place{x + 12, y + 36, "start"}};
    std::optional<double> least;
    Place best = places[0];
    Box best_box;
    for (const Place& place : places) {
      const double left = place.anchor[0] == 's'   ? place.x
                          : place.anchor[0] == 'e' ? place.x - width
                                                   : place.x - width / 2;
      const Box box{left, place.y - 12, left + width, place.y + 4};
      const double cost = cost_of(box);
      if (least && cost >= *least) continue;
      least = cost;
      best = place;
      best_box = box;
    }
    taken_.push_back(best_box);
    return tag("g", {{"class", "point " + point.status}}, label("name", best.x, best.y, best.anchor, text(words)));
  }

 private:
  double cost_of(const Box& box) const {
    double cost = 0;
    for (const Box& other : taken_) cost += 2 * overlap(box, other);
    const Box& frame = scale_.frame;
    const double inside = overlap(box, {frame.left, frame.top - 28, frame.right + 10, frame.bottom});
    // Outside of the frame is worse than on top of something.
    return cost + 4 * ((box.right - box.left) * (box.bottom - box.top) - inside);
  }

  const Scale& scale_;
  bool narrow_;
  std::vector<Box> taken_;
};

}  // namespace

std::vector<double> log_ticks(double low, double high) {
  const auto within = [&](std::initializer_list<double> steps) {
    std::vector<double> ticks;
    for (double decade = 1e-6; decade <= 1e6; decade *= 10) {
      for (const double step : steps) {
        const double tick = decade * step;
        if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push_back(tick);
      }
    }
    return ticks;
  };
  auto ticks = within({1, 2, 5});
  if (ticks.size() < 4) ticks = within({1, 1.5, 2, 3, 4, 5, 7});
  return ticks.size() > 8 ? within({1}) : ticks;
}

Markup speed_fidelity_plot(const std::vector<PlotPoint>& points, const PlotFrame& frame) {
  const Scale scale = scale_for(points, frame);
  Markup shapes = axes(scale, frame);
  PlotPoint baseline;
  baseline.name = "baseline";
  baseline.status = "baseline";
  baseline.fidelity_mean = 1;
  baseline.fidelity_minimum = 1;
  Labels labels(scale, frame.narrow);
  labels.keep_clear(baseline);
  for (const PlotPoint& point : points) labels.keep_clear(point);
  // The best ranks are drawn last, on top.
  for (std::size_t i = points.size(); i > 0; --i) shapes += mark(scale, points[i - 1]);
  shapes += mark(scale, baseline);
  shapes += labels.place(baseline);
  for (const PlotPoint& point : points) shapes += labels.place(point);
  return tag("svg",
             {{"class", frame.narrow ? "plot narrow" : "plot wide"},
              {"viewBox", frame.narrow ? "0 0 360 430" : "0 0 760 452"},
              {"role", "img"},
              {"aria-label", "Speed-up against fidelity of each entry"}},
             shapes);
}

}  // namespace noonmark::report
