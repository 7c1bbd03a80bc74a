// The compiled part of Boost.Asio and Boost.Beast, once for the whole program.

#define BOOST_BEAST_SEPARATE_COMPILATION 1
#define BOOST_ASIO_SEPARATE_COMPILATION 1

#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
